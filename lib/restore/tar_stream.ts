import type { Run } from "../app/events.ts";
import { encodeHeader } from "../archive/header.ts";
import { ARCHIVE_END, padded } from "../archive/layout.ts";
import { BlockOutput } from "../archive/write.ts";
import { isBelow } from "../extract/layout.ts";
import type { Entry } from "../model/entry.ts";
import { Damage, Failure } from "../model/failure.ts";
import { formatNumber } from "../model/format.ts";
import { unpacked } from "../model/pack.ts";
import { Packs } from "../model/packs.ts";
import { printable, printablePath } from "../model/printable.ts";
import type { Identity } from "../seal/identity.ts";
import { nothingMatches, takenAsPath } from "../snapshots/globs.ts";
import { releaseVolume } from "../snapshots/index_reader.ts";
import { selectIn, type Selector } from "../snapshots/select.ts";
import type { Snapshot } from "../snapshots/snapshots.ts";
import { Tree } from "../snapshots/tree.ts";
import type { Lost, TreeScan, TreeVolume } from "../snapshots/tree_scan.ts";
import { streamVolume } from "../snapshots/volume_stream.ts";
import type { StoreReader } from "../store/contract.ts";
import { withPauses } from "../workers/pause.ts";
import { strippedDirectory } from "./strip.ts";
import { TarDirectories } from "./tar_directories.ts";
import { planTar } from "./tar_plan.ts";

/** Selection of a stream. */
export interface TarOptions {
  /** Globs of the entries to stream; empty for everything. */
  readonly globs: readonly string[];
  /** Globs of entries that are excluded from these. */
  readonly exclude: readonly string[];
  /** Leading path that is dropped; empty for none. */
  readonly strip: string;
}

/** Stream that is ready to be read. */
export interface TarStream {
  /** Globs that select nothing. */
  readonly unmatched: readonly string[];
  /** Blocks of the archive. Each is valid until the next one is requested. */
  readonly blocks: AsyncIterable<Uint8Array>;
  /** Size of its file content in bytes. */
  readonly bytes: number;
}

/** Size in bytes of the blocks that are written. */
const BLOCK_BYTES = 256 * 1024;

/**
 * Opens a snapshot, or the entries that globs select, as one tar archive: each directory before its content,
 * hard links after all files. Only volumes that contain selected entries are fetched. The end of the archive
 * is written only if everything before it was correct, so readers detect a truncated stream.
 *
 * Device nodes are left out, as in a restore: a program that writes to one would write to the reader's
 * machine.
 *
 * @throws {Damage} if a selected entry cannot be restored, before anything is streamed.
 */
export async function openTar(
  snapshot: Snapshot,
  reader: StoreReader,
  identities: readonly Identity[],
  options: TarOptions,
  run: Run,
): Promise<TarStream> {
  const tree = await Tree.open(snapshot, reader, identities, run.signal);
  const strip = await strippedDirectory(tree, options.strip);
  const { selected, linkTargets, unmatched, paths } = await selectIn(tree, options.globs, options.exclude);
  const note = (text: string): void => run.report({ event: "note", text });
  const warn = (text: string): void => run.report({ event: "warning", text });
  for (const glob of paths) note(takenAsPath(glob));
  for (const glob of unmatched) warn(nothingMatches(glob));
  for (const path of linkTargets) note(`"/${printable(path)}" is added: a selected hard link points to it`);
  const plan = await planTar(tree, snapshot, selected, strip, run);
  if (plan.devices > 0) {
    warn(`${formatNumber(plan.devices, "device node")} left out: none is made from a backup`);
  }
  const isWanted: Selector = (it) => isBelow(strip, it.path) && selected(it);
  const writer = new TarWriter(strip, isWanted, new TarDirectories(plan.directories), run);
  const scan = tree.scan((lost) => refuseNewLoss(lost, isWanted));
  const read = (volume: TreeVolume): AsyncGenerator<Uint8Array> => writer.volume(volume, reader, identities);
  return { unmatched, blocks: writer.all(scan, read), bytes: plan.bytes };
}

class TarWriter {
  readonly #strip: string;
  readonly #selected: Selector;
  readonly #directories: TarDirectories;
  readonly #run: Run;
  readonly #hardLinks = new Packs();
  readonly #output = new BlockOutput(BLOCK_BYTES);
  #entries = 0;
  #bytes = 0;
  /** Size of the last entry in bytes. */
  #size = 0;

  constructor(strip: string, selected: Selector, directories: TarDirectories, run: Run) {
    this.#strip = strip;
    this.#selected = selected;
    this.#directories = directories;
    this.#run = run;
  }

  async *all(
    scan: TreeScan,
    read: (volume: TreeVolume) => AsyncGenerator<Uint8Array>,
  ): AsyncGenerator<Uint8Array> {
    using output = this.#output;
    for await (const volume of scan.volumes()) {
      yield* read(volume);
      releaseVolume(volume);
    }
    for (const link of scan.links()) if (this.#selected(link)) this.#hardLinks.add(link);
    for await (const link of withPauses(this.#hardLinks, this.#run.signal)) yield* this.#entry(link);
    for (const directory of this.#directories.again()) yield* this.#header(directory);
    yield* output.bytes(new Uint8Array(ARCHIVE_END));
    yield* output.rest();
  }

  /** Streams the selected entries of a volume. It is fetched only for files. */
  async *volume(
    it: TreeVolume,
    reader: StoreReader,
    identities: readonly Identity[],
  ): AsyncGenerator<Uint8Array> {
    const wanted = new Map<number, Entry>();
    const others: (readonly [at: number, entry: Entry])[] = [];
    let at = -1;
    for (const entry of unpacked(it.entries)) {
      at += 1;
      if (it.counts[at] !== 1 || !this.#selected(entry)) continue;
      if (entry.type === "file") wanted.set(at, entry);
      else if (entry.type === "hardlink") this.#hardLinks.add(entry);
      else if (!isDevice(entry)) others.push([at, entry]);
    }
    const what = { snapshot: it.snapshot, volume: it.volume, wanted, stopsEarly: false };
    for await (const piece of streamVolume(what, reader, identities, this.#run.signal)) {
      if (piece.kind === "entry") {
        while (others[0] && others[0][0] < piece.at) yield* this.#entry(others.shift()![1]);
        yield* this.#entry(piece.entry);
      } else if (piece.kind === "content") yield* this.#output.bytes(piece.bytes);
      else yield* this.#padding();
    }
    for (const [, entry] of others) yield* this.#entry(entry);
  }

  *#padding(): Generator<Uint8Array> {
    const size = this.#size;
    yield* this.#output.bytes(new Uint8Array(padded(size) - size));
    this.#bytes += size;
    this.#run.report({ event: "progress", entries: this.#entries, bytes: this.#bytes });
  }

  /** Writes the header of an entry, after the directories that contain it. */
  *#entry(entry: Entry): Generator<Uint8Array> {
    for (const directory of this.#directories.before(entry)) yield* this.#header(directory);
    if (entry.type !== "directory") yield* this.#header(entry);
  }

  *#header(entry: Entry): Generator<Uint8Array> {
    const { path, link, type } = entry;
    this.#entries += 1;
    this.#size = entry.size;
    const stripped = { ...entry, path: this.#stripped(path) };
    yield* this.#output.bytes(
      encodeHeader(type === "hardlink" ? { ...stripped, link: this.#stripped(link!) } : stripped),
    );
  }

  #stripped(path: string): string {
    return this.#strip === "" ? path : path.slice(this.#strip.length + 1);
  }
}

function isDevice({ type }: Entry): boolean {
  return type === "char" || type === "block";
}

/** Ends the stream at a loss that the plan has not seen: the store has changed since. */
function refuseNewLoss({ entry, reason, unreadable }: Lost, isWanted: Selector): void {
  if (entry !== undefined && !isWanted(entry)) return;
  const text = entry === undefined ? reason : `"/${printablePath(entry.path)}" cannot be restored: ${reason}`;
  throw unreadable ? new Failure(text) : new Damage(text);
}
