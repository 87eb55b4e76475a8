import { ARCHIVE_END, BLOCK, padded } from "../archive/layout.ts";
import type { Entry } from "../model/entry.ts";
import { Damage } from "../model/failure.ts";
import { MAX_INDEX_LINE, pathInBadLine } from "../model/index_line.ts";
import { decodeIndexHeader, decodeIndexLine, type IndexHeader } from "../model/index.ts";
import { buffersOf, MAX_PACK_BYTES, NO_ENTRY, type Pack, Packer } from "../model/pack.ts";
import type { VolumeContent } from "../model/name.ts";
import { type AdoptedVolume, contentOf, type PartRecord, type VolumeRecord } from "../model/receipt.ts";
import { release, releaseAll } from "../buffers/release.ts";
import { Lines } from "./lines.ts";
import { indexOpener } from "./opener.ts";
import { readPart } from "./parts.ts";
import type { KeySource } from "../seal/session_key.ts";
import { openExactly } from "../seal/seal.ts";
import type { Snapshot } from "./snapshots.ts";
import type { ObjectReader } from "../store/contract.ts";
import { pause } from "../workers/pause.ts";

/** Volume, with its entries as the index lists them, in order. Release it after use: see {@linkcode releaseVolume}. */
export interface ListedVolume {
  readonly volume: VolumeRecord | AdoptedVolume;
  readonly entries: Pack;
  /** Malformed lines, by their positions in `entries`, which contains {@link NO_ENTRY} there. */
  readonly bad: ReadonlyMap<number, BadLine>;
  readonly gone?: never;
}

/** Line of an index that is malformed, or lists an entry that the volume cannot contain. */
export interface BadLine {
  /** Path in the line, if it is known. */
  readonly path: string | undefined;
  readonly reason: string;
}

/** Releases the memory of a listed volume. It cannot be used afterwards. */
export function releaseVolume({ entries }: Pick<ListedVolume, "entries">): void {
  releaseAll(buffersOf(entries));
}

/** Path that older volumes contain and that no longer exists. */
export interface Gone {
  readonly gone: string;
}

/** Maximum number of bad lines of an index. With more it is not an index. */
const MAX_BAD_LINES = 1000;

/** Number of lines that are read between two pauses. */
const LINES_AT_A_TIME = 1000;

/**
 * Reads the content of snapshots from their indexes alone. Every byte is compared with the signed receipt
 * before it is decrypted.
 */
export class IndexReader {
  readonly #reader: ObjectReader;
  readonly #keys: KeySource;
  /** Aborts the reading. */
  readonly signal: AbortSignal;

  constructor(reader: ObjectReader, keys: KeySource, signal: AbortSignal) {
    this.#reader = reader;
    this.#keys = keys;
    this.signal = signal;
  }

  /**
   * Yields the content of a snapshot's index, exactly as the receipt announces it: its own volumes one by
   * one, paths that are gone from older ones, and then the adopted volumes. A malformed line of an entry
   * loses only this entry.
   *
   * @param header Called with the first line.
   * @throws {Damage} if the index differs from the receipt.
   */
  async *read(
    snapshot: Snapshot,
    header: (header: IndexHeader) => void = () => {},
  ): AsyncGenerator<ListedVolume | Gone> {
    const { volumes, adopted, index } = snapshot.receipt;
    await using text = this.open(snapshot);
    const lines = new IndexLines(text, this.signal);
    header(decodeIndexHeader(await lines.next() ?? "", snapshot.host, snapshot.id));
    for (const volume of volumes) yield await listed(volume, lines);
    for (let count = 0; count < index.gone; count += 1) {
      const line = await lines.next();
      const { gone } = line === undefined ? {} : decodeIndexLine(line);
      if (gone === undefined) throw new Damage("The index does not list all that is gone");
      yield { gone };
    }
    for (const volume of adopted) yield await listed(volume, lines);
    if (await lines.next() !== undefined) throw new Damage("The index lists more than the receipt announces");
  }

  /**
   * Opens the text of an index.
   *
   * @param piece Bytes that are decoded at a time, if few lines are kept.
   */
  open(snapshot: Snapshot, piece?: number): Lines {
    const { receipt } = snapshot;
    const key = indexOpener(snapshot, this.#keys);
    const how = { key, compression: receipt.compression, length: receipt.index.plain };
    return new Lines(openExactly(this.#parts(snapshot, receipt.index.parts), how), MAX_INDEX_LINE, piece);
  }

  async *#parts(snapshot: Snapshot, parts: readonly PartRecord[]): AsyncGenerator<Uint8Array> {
    for (const part of parts) {
      const bytes = await readPart(this.#reader, snapshot, part, this.signal);
      yield bytes;
      release(bytes);
    }
  }
}

/** Lines of an index. It pauses regularly, so that other events are handled. */
export class IndexLines {
  readonly #lines: Lines;
  readonly #signal: AbortSignal;
  #untilPause = LINES_AT_A_TIME;
  #bad = 0;

  constructor(lines: Lines, signal: AbortSignal) {
    this.#lines = lines;
    this.#signal = signal;
  }

  /**
   * Returns the next line; undefined at the end. It returns a promise only if it must wait, because waiting
   * for each line costs more than finding it.
   */
  next(): string | undefined | Promise<string | undefined> {
    this.#untilPause -= 1;
    return this.#untilPause <= 0 ? this.#later() : this.#lines.next() ?? this.#lines.read();
  }

  /** Skips lines that have been read already: see {@linkcode Lines.skip}. */
  skip(...how: Parameters<Lines["skip"]>): number {
    const count = this.#lines.skip(...how);
    this.#untilPause -= count;
    return count;
  }

  /** Counts a bad line. */
  countBad(): void {
    if (++this.#bad > MAX_BAD_LINES) {
      throw new Damage(`More than ${MAX_BAD_LINES} lines of the index are bad`);
    }
  }

  async #later(): Promise<string | undefined> {
    this.#untilPause = LINES_AT_A_TIME;
    await pause();
    this.#signal.throwIfAborted();
    return this.#lines.next() ?? await this.#lines.read();
  }
}

async function listed(volume: ListedVolume["volume"], lines: IndexLines): Promise<ListedVolume> {
  const entries = new Packer();
  const bad = new Map<number, BadLine>();
  const room = new Room(volume);
  while (entries.count < volume.entries) {
    const next = lines.next();
    const text = typeof next === "string" ? next : await next;
    const line = text === undefined ? undefined : entryOf(text, volume.number, room);
    if (line === undefined) throw new Damage(`The index lists volume ${volume.number} only in part`);
    if ("reason" in line) {
      lines.countBad();
      bad.set(entries.count, line);
    }
    entries.add("reason" in line ? NO_ENTRY : line);
    if (entries.bytes > MAX_PACK_BYTES) {
      throw new Damage(`The index lists more in volume ${volume.number} than a volume may hold`);
    }
  }
  return { volume, entries: entries.packed(), bad };
}

/** Parses the line of an entry; undefined if the line does not belong to the volume. */
function entryOf(text: string, volume: number, room: Room): Entry | BadLine | undefined {
  try {
    const line = decodeIndexLine(text);
    if (line.gone !== undefined || line.volume !== volume) return undefined;
    if (room.take(line.entry)) return line.entry;
    return { path: line.entry.path, reason: `volume ${volume} cannot hold it` };
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    return { path: pathInBadLine(text), reason: error.message };
  }
}

/**
 * Number of bytes of a volume that are left. In an archive each entry takes a block and its content; a dump
 * is one file.
 */
class Room {
  readonly #plain: number;
  readonly #content: VolumeContent | "unknown";
  #left: number;

  constructor(volume: ListedVolume["volume"]) {
    this.#plain = volume.plain;
    // Only the names of its objects show the kind of an adopted volume, and they are not known here.
    this.#content = !("from" in volume) ? contentOf(volume) : volume.entries === 1 ? "unknown" : "tar";
    this.#left = volume.plain - ARCHIVE_END;
  }

  take({ type, size }: Entry): boolean {
    if (this.#content === "unknown") return size <= this.#plain;
    if (this.#content === "stream") return type === "file" && size === this.#plain;
    const taken = BLOCK + padded(size);
    if (taken > this.#left) return false;
    this.#left -= taken;
    return true;
  }
}
