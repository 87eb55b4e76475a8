import type { Run } from "./events.ts";
import { Conflicts, type Losses, Stage } from "./extract/stage.ts";
import { inOrder } from "./in_order.ts";
import { IndexReader, type Listed } from "./index_reader.ts";
import type { Entry } from "./model/entry.ts";
import { Damage, Failure } from "./model/failure.ts";
import { printable } from "./model/printable.ts";
import type { Identity } from "./seal/identity.ts";
import { selector } from "./select.ts";
import type { Snapshot } from "./snapshots.ts";
import type { StoreReader } from "./store/contract.ts";
import { workers } from "./threads.ts";
import type { ReadNews } from "./volume_contents.ts";
import { type Making, VolumeReader } from "./volume_reader.ts";

/** What to restore, and where to. */
export interface RestoreOptions {
  /** Empty: everything. */
  readonly globs: readonly string[];
  /** The folder to restore into. */
  readonly target: string;
  /** Whether files that are there already may be replaced. */
  readonly overwrite: boolean;
  /** Volumes that are read at the same time; one for each core where it is not given. */
  readonly jobs?: number;
}

/** What a restore has done. */
export interface RestoreResult {
  /** Entries that were made. */
  readonly entries: number;
  /** Bytes of file content. */
  readonly bytes: number;
  /** Entries that could not be restored because their volume is damaged. */
  readonly lost: number;
  /** What could not be kept (owners without root, devices), in words. */
  readonly notes: readonly string[];
}

/**
 * Restores a snapshot, or what globs select of it, into a folder: files volume by volume into a staging folder,
 * then links, then owners, modes and times of folders, and at last everything into its place.
 *
 * A damaged volume loses its own entries only; each is told, and nothing of it is left behind.
 *
 * @throws {Failure} when something that exists would be overwritten: before anything is fetched.
 * @throws {Damage} when the index cannot be trusted: nothing is restored then.
 */
export async function restore(
  snapshot: Snapshot,
  reader: StoreReader,
  identities: readonly Identity[],
  options: RestoreOptions,
  run: Run,
): Promise<RestoreResult> {
  const index: Index = () => new IndexReader(reader, identities, run.signal).volumes(snapshot);
  const selected = await wanted(index, options.globs, run);
  await refuseConflicts(index, selected, options);
  const restoration = new Restoration(Stage.create(options.target), index, selected, run);
  try {
    await restoration.files(snapshot, reader, identities, options.jobs ?? navigator.hardwareConcurrency);
    await restoration.linksAndFolders();
    return restoration.publish(options.overwrite);
  } catch (error) {
    restoration.abandon();
    throw error;
  }
}

type Selector = (entry: Entry) => boolean;

/** Reads the index from its begin; every pass costs its decryption, and spares keeping it in memory. */
type Index = () => AsyncIterable<Listed>;

/** What the globs select, and the files that selected hard links are other names of. */
async function wanted(index: Index, globs: readonly string[], run: Run): Promise<Selector> {
  const selected = selector(globs);
  if (globs.length === 0) return selected;
  const targets = new Set<string>();
  let found = false;
  for await (const { lines } of index()) {
    for (const entry of lines.filter(selected)) {
      found = true;
      if (entry.type === "hardlink" && !selected({ ...entry, path: entry.link!, type: "file" })) {
        targets.add(entry.link!);
      }
    }
  }
  if (!found) {
    throw new Failure(`Nothing in the snapshot matches ${globs.join(" ")}`, { hint: "`files` lists it" });
  }
  for (const path of targets) {
    run.report({
      event: "note",
      text: `"${printable(path)}" comes along: a hard link that was asked for is its other name`,
    });
  }
  return (entry) => selected(entry) || targets.has(entry.path);
}

async function refuseConflicts(
  index: Index,
  selected: Selector,
  options: RestoreOptions,
): Promise<void> {
  if (isEmpty(options.target)) return; // which spares a pass over the index
  const conflicts = new Conflicts(options.target, options.overwrite);
  const found: string[] = [];
  for await (const { lines } of index()) {
    for (const entry of lines.filter(selected)) {
      const why = conflicts.of(entry);
      if (why !== undefined) found.push(why);
    }
  }
  if (found.length === 0) return;
  const more = found.length > 5 ? `\n  … and ${found.length - 5} more` : "";
  throw new Failure(`Would overwrite in "${options.target}":\n  ${found.slice(0, 5).join("\n  ")}${more}`, {
    hint: "Restore into an empty folder, or say --overwrite",
  });
}

function isEmpty(target: string): boolean {
  try {
    return Deno.readDirSync(target)[Symbol.iterator]().next().done ?? false;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}

/** A restore under way. */
class Restoration {
  readonly #stage: Stage;
  readonly #index: Index;
  readonly #selected: Selector;
  readonly #run: Run;
  readonly #lost = new Set<string>();
  #entries = 0;
  #bytes = 0;
  /** Bytes that were read so far, also of volumes that are not whole yet. */
  #read = 0;

  constructor(stage: Stage, index: Index, selected: Selector, run: Run) {
    this.#stage = stage;
    this.#index = index;
    this.#selected = selected;
    this.#run = run;
  }

  /** Makes the selected files, several volumes at a time. A damaged one loses its own; any other error stops all. */
  async files(
    snapshot: Snapshot,
    reader: StoreReader,
    identities: readonly Identity[],
    jobs: number,
  ): Promise<void> {
    const stop = new AbortController();
    using readers = workers(jobs);
    const signal = AbortSignal.any([this.#run.signal, stop.signal]);
    const volumes = new VolumeReader(reader, identities, readers, signal);
    const make = async (listed: Listed): Promise<void> => {
      try {
        await this.#filesOf(listed, (making) => volumes.read(snapshot, listed, making, this.#heard));
      } catch (error) {
        stop.abort(error);
        throw error;
      }
    };
    for await (const _ of inOrder(this.#index(), readers.wanted, make));
  }

  async #filesOf({ lines }: Listed, read: (making: Making) => Promise<Losses>): Promise<void> {
    const isFile = (entry: Entry): boolean => entry.type === "file" && this.#selected(entry);
    const files = lines.filter(isFile);
    if (files.length === 0) return;
    try {
      const marks = Uint8Array.from(lines, (entry) => isFile(entry) ? 1 : 0);
      this.#stage.lost(await read({ stage: this.#stage.folderOfFiles, wanted: marks }));
      this.#entries += files.length;
      this.#bytes += files.reduce((sum, { size }) => sum + size, 0);
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      this.#lose(files, error);
    }
  }

  readonly #heard = ({ bytes }: ReadNews): void => {
    this.#read += bytes;
    this.#run.report({ event: "progress", entries: this.#entries, bytes: this.#read });
  };

  /** Makes what comes after the files; a folder is finished when everything below it has been made. */
  async linksAndFolders(): Promise<void> {
    const open: Entry[] = [];
    for await (const { lines } of this.#index()) {
      for (const entry of lines) {
        this.#finishUntil(open, entry.path);
        if (entry.type === "directory") this.#open(open, entry);
        else if (this.#selected(entry) && entry.type !== "file") this.#link(entry);
      }
    }
    this.#finishUntil(open, "");
  }

  publish(overwrite: boolean): RestoreResult {
    this.#run.signal.throwIfAborted();
    this.#stage.publish({ overwrite });
    return { entries: this.#entries, bytes: this.#bytes, lost: this.#lost.size, notes: this.#stage.notes() };
  }

  abandon(): void {
    this.#stage.abandon();
  }

  #open(open: Entry[], folder: Entry): void {
    open.push(folder);
    if (this.#selected(folder)) {
      this.#stage.folder(folder.path);
      this.#entries += 1;
    }
  }

  #finishUntil(open: Entry[], path: string): void {
    for (let top = open.at(-1); top && !path.startsWith(top.path + "/"); top = open.at(-1)) {
      if (this.#stage.hasFolder(top.path)) this.#stage.directory(top);
      open.pop();
    }
  }

  #link(entry: Entry): void {
    if (entry.type === "hardlink" && this.#lost.has(entry.link!)) {
      return this.#lose(
        [entry],
        new Damage(`its other name "${printable(entry.link!)}" could not be restored`),
      );
    }
    if (entry.type === "symlink" || entry.type === "hardlink") this.#stage.link(entry);
    else this.#stage.special(entry);
    this.#entries += 1;
  }

  #lose(entries: readonly Entry[], why: Error): void {
    for (const { path } of entries) {
      this.#lost.add(path);
      this.#run.report({ event: "trouble", kind: "unread", path, reason: why.message });
    }
  }
}
