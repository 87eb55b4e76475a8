import { ArchiveReader, type ArchiveSink } from "../archive/read.ts";
import { release } from "../buffers/release.ts";
import { type Entry, sameEntry } from "../model/entry.ts";
import { Damage, reason } from "../model/failure.ts";
import { printable, printablePath } from "../model/printable.ts";
import {
  type AdoptedVolume,
  contentOf,
  isBrokenDump,
  type PartRecord,
  type VolumeRecord,
} from "../model/receipt.ts";
import type { KeySource } from "../seal/session_key.ts";
import { openExactly } from "../seal/seal.ts";
import type { ObjectReader } from "../store/contract.ts";
import { Pauses } from "../workers/pause.ts";
import { ContentDigest } from "./content_digest.ts";
import { volumeOpener } from "./opener.ts";
import { locate, readPart } from "./parts.ts";
import { PartMemory } from "./part_memory.ts";
import { ReadAhead } from "./read_ahead.ts";
import type { Snapshot } from "./snapshots.ts";

/** Volume, with its wanted entries as the index lists them, by their positions in it. */
export interface WantedVolume {
  readonly snapshot: Snapshot;
  readonly volume: VolumeRecord | AdoptedVolume;
  readonly wanted: ReadonlyMap<number, Entry>;
  /** Whether to stop after the last wanted entry. If not, the rest is read and checked, too. */
  readonly stopsEarly: boolean;
}

/**
 * Piece of a volume: an entry as the index lists it, then its content, then its end. Valid until the next one
 * is requested.
 */
export type VolumePiece =
  | { readonly kind: "entry"; readonly entry: Entry; readonly at: number }
  | { readonly kind: "content"; readonly bytes: Uint8Array }
  | { readonly kind: "end" };

/** Number of bytes of an archive that are parsed at a time. */
const AT_A_TIME = 64 * 1024;

/**
 * Streams the wanted entries of a volume in its order. Every part is compared with the SHA-256 in its receipt
 * before it is decrypted.
 *
 * @throws {Damage} if a part is missing or altered, or a wanted entry differs from the index.
 */
export async function* streamVolume(
  { snapshot, volume, wanted, stopsEarly }: WantedVolume,
  reader: ObjectReader,
  keys: KeySource,
  signal: AbortSignal,
): AsyncGenerator<VolumePiece> {
  if (wanted.size === 0 || (!("from" in volume) && isBrokenDump(volume))) return;
  const { directory, parts } = await locate(reader, snapshot, volume, signal);
  const readOne = (part: PartRecord): Promise<Uint8Array<ArrayBuffer>> =>
    readPart(reader, directory, part, signal);
  await using ahead = new ReadAhead(parts, readOne, new PartMemory(1));
  const sealed = async function* (): AsyncGenerator<Uint8Array> {
    for (let left = parts.length; left > 0; left -= 1) {
      const bytes = await ahead.take();
      yield bytes;
      release(bytes);
    }
  };
  const sink = new PieceSink(volume.number, wanted);
  const taker = contentOf({ parts }) === "tar" ? new ArchiveReader(sink) : dumpTaker(volume, sink, wanted);
  const key = volumeOpener(volume.number, keys);
  const how = { key, compression: snapshot.receipt.compression, length: volume.plain };
  const pauses = new Pauses(signal);
  for await (const chunk of openExactly(sealed(), how)) {
    for (let at = 0; at < chunk.length; at += AT_A_TIME) {
      if (pauses.due) await pauses.take();
      taker.write(chunk.subarray(at, at + AT_A_TIME));
      yield* sink.take();
      if (stopsEarly && sink.left === 0) return;
    }
    signal.throwIfAborted();
  }
  taker.close();
  yield* sink.take();
  if (sink.left > 0) throw new Damage(`Volume ${volume.number} ends before the index does`);
}

/** Returns the parser for a dump, which is the content of its only entry. */
function dumpTaker(
  { number, plain }: WantedVolume["volume"],
  sink: PieceSink,
  wanted: WantedVolume["wanted"],
): Pick<ArchiveReader, "write" | "close"> {
  const line = wanted.get(0);
  if (line?.type !== "file" || line.size !== plain) {
    throw new Damage(`Volume ${number} is a dump, which is not what the index says`);
  }
  sink.entry(line);
  return { write: (chunk) => sink.content(chunk), close: () => sink.end() };
}

/** Keeps the pieces of wanted entries until they are taken. */
class PieceSink implements ArchiveSink {
  readonly #volume: number;
  readonly #wanted: WantedVolume["wanted"];
  #pieces: VolumePiece[] = [];
  #at = -1;
  /** Wanted entry that is being read. */
  #entry: Entry | undefined;
  #digest: ContentDigest | undefined;
  /** Number of wanted entries that have not ended. */
  left: number;

  constructor(volume: number, wanted: WantedVolume["wanted"]) {
    this.#volume = volume;
    this.#wanted = wanted;
    this.left = wanted.size;
  }

  entry(entry: Entry): void {
    const line = this.#wanted.get(this.#at += 1);
    this.#entry = line;
    if (line === undefined) return;
    if (!sameEntry(line, entry)) {
      const what = `Volume ${this.#volume} holds "${
        printable(entry.path)
      }", which is not what the index says`;
      throw new Damage(what);
    }
    this.#digest = line.sha256 === undefined ? undefined : new ContentDigest(line.sha256);
    this.#pieces.push({ kind: "entry", entry: line, at: this.#at });
  }

  bad(why: Damage): void {
    this.#entry = undefined;
    if (this.#wanted.has(this.#at += 1)) throw why;
  }

  content(bytes: Uint8Array): void {
    if (this.#entry === undefined) return;
    this.#digest?.update(bytes);
    this.#pieces.push({ kind: "content", bytes });
  }

  end(): void {
    if (this.#entry === undefined) return;
    this.#check(this.#entry);
    this.#entry = undefined;
    this.left -= 1;
    this.#pieces.push({ kind: "end" });
  }

  #check({ path }: Entry): void {
    try {
      this.#digest?.check();
    } catch (error) {
      throw new Damage(`Cannot use "/${printablePath(path)}": ${reason(error)}`);
    }
  }

  take(): VolumePiece[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }
}
