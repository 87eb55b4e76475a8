import type { Entry, EntryType } from "../../lib/model/entry.ts";
import { AttributeBatch } from "../../lib/extract/attribute_batch.ts";
import { StagedFiles } from "../../lib/extract/staged_files.ts";
import type { LostEntry } from "../../lib/extract/lost.ts";
import { Stage } from "../../lib/extract/stage.ts";
import type { StageOptions } from "../../lib/extract/stage_layout.ts";
import { isLostAlone } from "../../lib/extract/system.ts";

/** Content of every file that {@link fill} makes. */
export const CONTENT = new TextEncoder().encode("from the backup\n");

/** 2023-11-14T22:13:20.123Z */
export const TIME = 1_700_000_000_123;

/** An entry of this user's own, with the usual mode. */
export function entry(type: EntryType, path: string, more: Partial<Entry> = {}): Entry {
  return {
    path,
    type,
    size: type === "file" ? CONTENT.length : 0,
    mode: type === "directory" ? 0o755 : 0o644,
    uid: Deno.uid() ?? 0,
    gid: Deno.gid() ?? 0,
    user: "",
    group: "",
    mtime: TIME,
    ...more,
  };
}

export const file = (path: string, more?: Partial<Entry>): Entry => entry("file", path, more);
export const directory = (path: string, more?: Partial<Entry>): Entry => entry("directory", path, more);
export const symlink = (path: string, link: string): Entry => entry("symlink", path, { link, mode: 0o777 });
export const hardlink = (path: string, link: string): Entry => entry("hardlink", path, { link });

/**
 * Makes entries in the order in which `restore` does: files, then the rest, a directory after all below it.
 *
 * @param lose gets each entry that cannot be made, or is not made as what it is; else its error is thrown.
 */
export function fill(stage: Stage, entries: readonly Entry[], lose?: (path: string) => void): void {
  const made = (make: (entry: Entry) => string | undefined | void, entry: Entry): void => {
    try {
      if (make(entry) !== undefined) lose?.(entry.path);
    } catch (error) {
      if (lose === undefined || !isLostAlone(error)) throw error;
      lose(entry.path);
    }
  };
  entries.forEach((it) => stage.prepare(it));
  for (const it of entries) if (it.type === "file") made((it) => makeFile(stage, it), it);
  for (const it of entries) if (it.type !== "file") made((it) => stage.make(it), it);
  for (const it of directoriesIn(entries)) if (stage.hasDirectory(it.path)) stage.finishDirectory(it);
}

function makeFile(stage: Stage, entry: Entry): void {
  const staged = stage.files.file(stage.staged(entry));
  try {
    staged.write(CONTENT.subarray(0, entry.size));
    staged.close();
  } catch (error) {
    staged.discard();
    throw error;
  }
}

/** Moves everything into the target, as `restore` does; returns what could not be moved. */
export function publish(
  stage: Stage,
  entries: readonly Entry[],
  { overwrite = false } = {},
): readonly LostEntry[] {
  const left = move(stage, overwrite);
  if (overwrite) { for (const it of directoriesIn(entries)) stage.finishMerged(it); }
  stage.finish(left);
  return left;
}

function move(stage: Stage, overwrite: boolean): readonly LostEntry[] {
  const steps = stage.publishing({ overwrite });
  for (let step = steps.next();; step = steps.next()) if (step.done) return step.value;
}

function directoriesIn(entries: readonly Entry[]): Entry[] {
  return entries.filter(({ type }) => type === "directory").sort((a, b) => b.path.length - a.path.length);
}

/** Restores entries into a target; returns what could not be kept or moved, in words. */
export function restore(
  target: string,
  entries: readonly Entry[],
  { overwrite = false, ...options }: StageOptions & { overwrite?: boolean } = {},
): string[] {
  const stage = Stage.create(target, options);
  try {
    fill(stage, entries);
    const left = publish(stage, entries, { overwrite });
    return [...stage.notes(), ...left.map(({ reason }) => reason)];
  } finally {
    stage.abandon();
  }
}

/** How entries are restored. */
export interface HowRestored {
  readonly overwrite?: boolean;
  /** Whether what cannot be made is lost alone, and returned as `lost: PATH`. */
  readonly tolerant?: boolean;
}

/** Restores entries with their extended attributes, as `restore` does: those of files in a thread. */
export async function restoreWithAttributes(
  target: string,
  entries: readonly Entry[],
  { overwrite = false, tolerant = false }: HowRestored = {},
): Promise<string[]> {
  const stage = Stage.create(target);
  const lost: string[] = [];
  try {
    await stage.refuseInheritance();
    fill(stage, entries, tolerant ? (path): unknown => lost.push(`lost: ${path}`) : undefined);
    const files = new StagedFiles(stage.layout);
    const batch = new AttributeBatch(files.losses);
    for (const it of entries) if (it.type === "file") batch.add(files.placeOf(it.path), it);
    await batch.flush();
    stage.lost(files.losses);
    await stage.attributes.flush();
    const left = move(stage, overwrite);
    if (overwrite) {
      await stage.removeMergedAcls(directoriesIn(entries));
      for (const it of directoriesIn(entries)) stage.finishMerged(it);
      await stage.attributes.flush();
    }
    stage.finish(left);
    return [...stage.notes(), ...left.map(({ reason }) => reason), ...lost];
  } finally {
    stage.abandon();
  }
}

/** Everything below a directory, one line each: type, mode, path, and content or link text. */
export function listing(root: string, below = ""): string[] {
  return [...Deno.readDirSync(root + below)].map(({ name }) => `${below}/${name}`).sort().flatMap((path) => {
    const { isDirectory, isSymlink, isFile, mode } = Deno.lstatSync(root + path);
    const line = (what: string): string => `${(mode! & 0o7777).toString(8).padStart(4, "0")} ${path}${what}`;
    if (isDirectory) return [line("/"), ...listing(root, path)];
    if (isSymlink) return [line(` -> ${Deno.readLinkSync(root + path)}`)];
    return [line(isFile ? ` = ${JSON.stringify(Deno.readTextFileSync(root + path))}` : " special")];
  });
}
