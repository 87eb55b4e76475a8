import { Conflicts } from "../extract/conflict.ts";
import { isBelow } from "../extract/layout.ts";
import { isOfStage } from "../extract/stage_directory.ts";
import { refuseExposed } from "../extract/target.ts";
import type { Entry } from "../model/entry.ts";
import { Failure, Misuse } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import { shellWord } from "../model/shell.ts";
import type { Selector } from "../snapshots/select.ts";
import type { Tree } from "../snapshots/tree.ts";

/** What a target is inspected for. */
export interface Inspected {
  readonly target: string;
  readonly overwrite: boolean;
  /** Directory of the snapshot that becomes the target. */
  readonly strip: string;
}

/** Entries that an error lists. */
const MAX_LISTED = 5;

/**
 * Looks at the target before anything is fetched.
 *
 * @returns Directories of the target on which something is mounted, and into which something would be restored.
 * @throws {Failure} if something that exists would be overwritten; {@link Misuse} if others could change the target, if
 *   what becomes the target is not a directory, or if something selected is not in it.
 */
export async function inspectTarget(tree: Tree, selected: Selector, what: Inspected): Promise<string[]> {
  const { target, overwrite, strip } = what;
  refuseExposed(target);
  const empty = isEmpty(target);
  if (empty && strip === "") return []; // which spares a pass over the indexes
  const conflicts = new Conflicts(target, overwrite);
  const found: string[] = [];
  const outside: string[] = [];
  let stripsDirectory = true;
  await tree.each((entry) => {
    if (entry.path === strip) stripsDirectory = entry.type === "directory";
    if (!selected(entry)) return;
    if (!isBelow(strip, entry.path)) {
      if (!isAbove(strip, entry)) outside.push(entry.path);
    } else if (!empty) {
      const { path, type } = entry;
      const why = conflicts.of({ path: strip === "" ? path : path.slice(strip.length + 1), type });
      if (why !== undefined && !overwrite) found.push(why);
    }
  });
  if (!stripsDirectory) throw notDirectory(strip);
  if (outside.length > 0) throw notStripped(strip, outside);
  if (found.length > 0) throw wouldOverwrite(target, found, conflicts.overwriteHelps);
  return conflicts.mounts;
}

/** Whether it is the directory that becomes the target, or one above that. */
function isAbove(strip: string, { path, type }: Entry): boolean {
  return type === "directory" && (path === strip || strip.startsWith(`${path}/`));
}

function notDirectory(strip: string): Misuse {
  const parent = strip.slice(0, Math.max(strip.lastIndexOf("/"), 0));
  return new Misuse(`Cannot strip "/${printable(strip)}": it is not a directory in this snapshot`, {
    hint: parent === ""
      ? "Remove --strip"
      : `Strip its directory: --strip ${shellWord(`/${printable(parent)}`)}`,
  });
}

function notStripped(strip: string, outside: readonly string[]): Misuse {
  return new Misuse(`Cannot strip "/${printable(strip)}" from what is not below it:`, {
    details: listed(outside.map((path) => `/${printable(path)}`)),
    hint: `Select only what is below it: add "/${printable(strip)}" after the snapshot`,
  });
}

function wouldOverwrite(target: string, found: readonly string[], overwriteHelps: boolean): Failure {
  return new Failure(`Would overwrite in "${target}":`, {
    details: listed(found),
    hint: overwriteHelps
      ? "Restore into an empty directory, or add --overwrite"
      : "Restore into an empty directory, or move away what exists there",
  });
}

function listed(items: readonly string[]): string[] {
  const more = items.length > MAX_LISTED ? [`… and ${items.length - MAX_LISTED} more`] : [];
  return [...items.slice(0, MAX_LISTED), ...more];
}

function isEmpty(target: string): boolean {
  try {
    return !Deno.readDirSync(target).some(({ name }) => !isOfStage(name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    if (error instanceof Deno.errors.NotADirectory) return false; // which is reported in better words
    throw error;
  }
}
