import type { Run } from "./events.ts";
import { Conflicts, type Losses, Stage } from "./extract/stage.ts";
import { inOrder } from "./threads/in_order.ts";
import type { Entry } from "./model/entry.ts";
import { EntryLines } from "./model/entry_lines.ts";
import { Damage, Failure } from "./model/failure.ts";
import { printable } from "./model/printable.ts";
import type { Identity } from "./seal/identity.ts";
import { selector } from "./read/select.ts";
import type { Snapshot } from "./read/snapshots.ts";
import type { StoreReader } from "./store/contract.ts";
import { pause } from "./threads/pause.ts";
import { workers } from "./threads/threads.ts";
import { entriesIn, Tree, type TreeVolume } from "./read/tree.ts";
import type { ReadNews } from "./read/volume_contents.ts";
import { type Making, VolumeReader } from "./read/volume_reader.ts";

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
 * then links, then owners, modes and times of folders, and at last everything into its place. Of volumes, its own and
 * those of older snapshots, only those are fetched that hold something of it. Of each folder and link it keeps a hundred
 * bytes or so in memory.
 *
 * A damaged volume loses its own entries only; each is told, and nothing of it is left behind.
 *
 * @throws {Failure} when something that exists would be overwritten: before anything is fetched.
 * @throws {Damage} when an index cannot be trusted: nothing is restored then.
 */
export async function restore(
  snapshot: Snapshot,
  reader: StoreReader,
  identities: readonly Identity[],
  options: RestoreOptions,
  run: Run,
): Promise<RestoreResult> {
  const tree = await Tree.open(snapshot, reader, identities, run.signal);
  const selected = await wanted(tree, options.globs, run);
  await refuseConflicts(tree, selected, options);
  const restoration = new Restoration(Stage.create(options.target), tree, selected, run);
  try {
    await restoration.files(reader, identities, options.jobs ?? navigator.hardwareConcurrency);
    await restoration.links();
    await restoration.folders();
    return restoration.publish(options.overwrite);
  } catch (error) {
    restoration.abandon();
    throw error;
  }
}

/** Links and folders that are made between two looks at what else has happened. */
const MADE_AT_A_TIME = 500;

type Selector = (entry: Entry) => boolean;

/** What the globs select, and the files that selected hard links are other names of. */
async function wanted(tree: Tree, globs: readonly string[], run: Run): Promise<Selector> {
  const selected = selector(globs);
  if (globs.length === 0) return selected;
  const targets = new Set<string>();
  let found = false;
  for await (const volume of tree.volumes()) {
    for (const entry of entriesIn(volume).filter(selected)) {
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
  tree: Tree,
  selected: Selector,
  options: RestoreOptions,
): Promise<void> {
  if (isEmpty(options.target)) return; // which spares a pass over the indexes
  const conflicts = new Conflicts(options.target, options.overwrite);
  const found: string[] = [];
  for await (const volume of tree.volumes()) {
    for (const entry of entriesIn(volume).filter(selected)) {
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
  readonly #tree: Tree;
  readonly #selected: Selector;
  readonly #run: Run;
  readonly #lost = new Set<string>();
  /** What comes after the files, and all folders. */
  readonly #rest = new EntryLines();
  #entries = 0;
  #bytes = 0;
  /** Bytes that were read so far, also of volumes that are not whole yet. */
  #read = 0;

  constructor(stage: Stage, tree: Tree, selected: Selector, run: Run) {
    this.#stage = stage;
    this.#tree = tree;
    this.#selected = selected;
    this.#run = run;
  }

  /** Makes the selected files, several volumes at a time. A damaged one loses its own; any other error stops all. */
  async files(
    reader: StoreReader,
    identities: readonly Identity[],
    jobs: number,
  ): Promise<void> {
    const stop = new AbortController();
    using readers = workers(jobs);
    const signal = AbortSignal.any([this.#run.signal, stop.signal]);
    const volumes = new VolumeReader(reader, identities, readers, signal);
    const make = async (volume: TreeVolume): Promise<void> => {
      try {
        this.#keepRest(volume);
        await this.#filesOf(volume, (making) => volumes.read(volume.snapshot, volume, making, this.#heard));
      } catch (error) {
        stop.abort(error);
        throw error;
      }
    };
    for await (const _ of inOrder(this.#tree.volumes(), readers.wanted, make));
  }

  /**
   * Keeps what comes after the files: to read the indexes again would take a tenth of a restore. Of folders also those that
   * were not asked for: where something in them was, they are made as they were.
   */
  #keepRest(volume: TreeVolume): void {
    for (const entry of entriesIn(volume)) {
      if (entry.type === "directory" || (entry.type !== "file" && this.#selected(entry))) {
        this.#rest.add(entry);
      }
    }
  }

  /** What was kept, with pauses. */
  async *#later(): AsyncGenerator<Entry> {
    let count = 0;
    for (const entry of this.#rest) {
      if (++count % MADE_AT_A_TIME === 0) await pause();
      this.#run.signal.throwIfAborted();
      yield entry;
    }
  }

  async #filesOf(volume: TreeVolume, read: (making: Making) => Promise<Losses>): Promise<void> {
    const { lines, counts } = volume;
    const isFile = (entry: Entry): boolean => entry.type === "file" && this.#selected(entry);
    const files = entriesIn(volume).filter(isFile);
    if (files.length === 0) return;
    try {
      const marks = Uint8Array.from(lines, (entry, at) => counts[at] === 1 && isFile(entry) ? 1 : 0);
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

  /** Makes what comes after the files: folders, and the links and fifos in them. */
  async links(): Promise<void> {
    for await (const entry of this.#later()) {
      if (entry.type !== "directory") this.#link(entry);
      else if (this.#selected(entry)) this.#folder(entry);
    }
  }

  /**
   * Finishes the folders when everything in them has been made. Layers come in no order, but what is set of one folder
   * changes nothing of another: only those that shut their owner out have to wait until all below them are done.
   */
  async folders(): Promise<void> {
    const shut: Entry[] = [];
    for await (const entry of this.#later()) {
      if (entry.type !== "directory" || !this.#stage.hasFolder(entry.path)) continue;
      if ((entry.mode & 0o700) === 0o700) this.#stage.directory(entry);
      else shut.push(entry);
    }
    for (const entry of shut.sort((a, b) => a.path < b.path ? 1 : -1)) this.#stage.directory(entry);
  }

  publish(overwrite: boolean): RestoreResult {
    this.#run.signal.throwIfAborted();
    this.#stage.publish({ overwrite });
    return { entries: this.#entries, bytes: this.#bytes, lost: this.#lost.size, notes: this.#stage.notes() };
  }

  abandon(): void {
    this.#stage.abandon();
  }

  #folder({ path }: Entry): void {
    this.#stage.folder(path);
    this.#entries += 1;
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
