import { gunzipSync, zstdDecompressSync } from "node:zlib";
import * as v from "valibot";
import type { CompressionKind } from "../model/compression.ts";
import { commitment, sha256 } from "../model/digest.ts";
import { decodeIndexLine, encodeIndexLine } from "../model/index.ts";
import { CatalogTrouble, type Database, guarded, type Statement } from "./database.ts";
import { digestRow, RowChecksum, type RowDigest } from "./row_checksum.ts";

const unclaimed = v.strictObject({
  entries: v.number(),
  plain: v.number(),
  compression: v.picklist(["zstd", "gzip", "none"]),
  parts: v.array(v.strictObject({ size: v.number(), commitment: v.string() })),
  /** SHA-256 of its lines of the index. */
  lines: v.string(),
});

/** Facts about a volume that no receipt names yet. Only the host has them. */
type Unclaimed = v.InferOutput<typeof unclaimed>;

/** Volume that was sent. */
export interface Volume {
  /** Number in the order in which all volumes were sent. */
  readonly seq: number;
  readonly snapshot: string;
  readonly number: number;
  /** Time at which the store received its first part, by its own clock; null if it did not report it. */
  readonly taken: number | null;
  /** Commitment of its snapshot's receipt; null while there is none. */
  readonly receipt: string | null;
  /** Facts that only the host has until a receipt names the volume; null afterwards. */
  readonly unclaimed: Unclaimed | null;
  /** Number of entries that are in it and in no newer volume, as the last run counted them. */
  readonly entries: number;
  readonly bytes: number;
}

/** Volume that was just stored. */
export interface NewVolume {
  readonly snapshot: string;
  readonly number: number;
  readonly taken: number | null;
  readonly entries: number;
  readonly bytes: number;
  readonly plain: number;
  readonly compression: CompressionKind;
  readonly parts: readonly { readonly size: number; readonly sha256: string }[];
  readonly lines: Uint8Array;
}

/** Volumes of the catalog. There are few, so they are kept in memory, and each change is written at once. */
export class Volumes {
  readonly #database: Database;
  readonly #all = new Map<number, Volume>();
  readonly #checksum = new RowChecksum();
  readonly #put: Statement;
  #lastSeq: number;
  /** Last number before those of this scan. */
  #before: number;

  /**
   * Reads all volumes.
   *
   * @param checksum Checksum of all rows when they were written.
   * @throws {CatalogTrouble} if the rows have another checksum now.
   */
  constructor(database: Database, checksum: string, lastSeq: number) {
    this.#database = database;
    this.#lastSeq = this.#before = lastSeq;
    this.#put = database.prepare(
      `INSERT INTO volume (${COLUMNS}, lines) VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL) ON CONFLICT (seq) DO UPDATE SET ` +
        "snapshot = excluded.snapshot, number = excluded.number, receipt = excluded.receipt, " +
        "unclaimed = excluded.unclaimed, entries = excluded.entries, bytes = excluded.bytes",
    );
    for (const row of database.prepare(`SELECT ${COLUMNS} FROM volume ORDER BY seq`).all()) {
      const volume = volumeOf(row);
      this.#all.set(volume.seq, volume);
      this.#checksum.add(digestOf(volume));
    }
    if (this.checksum !== checksum || [...this.#all.keys()].some((seq) => seq > lastSeq)) throw damaged();
  }

  /** Checksum of all rows. */
  get checksum(): string {
    return this.#checksum.toString();
  }

  /** Last number that was assigned. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Begins a scan: its volumes follow all existing ones. */
  begin(): void {
    this.#before = this.#lastSeq;
  }

  get(seq: number): Volume | undefined {
    return this.#all.get(seq);
  }

  /** Returns all volumes, the newest last. */
  all(): Volume[] {
    return [...this.#all.values()].sort((a, b) => a.seq - b.seq);
  }

  /**
   * Records a volume that no receipt names yet. Returns its number in the order: after all volumes before this scan, and
   * among those of its run by its number, in whatever order they arrive.
   */
  add({ plain, compression, parts, lines, ...volume }: NewVolume): number {
    const seq = this.#before + volume.number;
    this.#lastSeq = Math.max(this.#lastSeq, seq);
    const unclaimed = {
      entries: volume.entries,
      plain,
      compression,
      parts: parts.map(({ size, sha256 }) => ({ size, commitment: commitment(sha256) })),
      lines: sha256(lines),
    };
    this.put({ ...volume, seq, receipt: null, unclaimed });
    this.#database.prepare("UPDATE volume SET lines = ? WHERE seq = ?").run(lines, seq);
    return seq;
  }

  /** Writes the present facts about a volume. */
  put(volume: Volume): void {
    const known = this.#all.get(volume.seq);
    if (known !== undefined) this.#checksum.remove(digestOf(known));
    this.#all.set(volume.seq, volume);
    this.#checksum.add(digestOf(volume));
    this.#put.run(...cellsOf(volume));
  }

  /** Records that a receipt now names the volumes of its snapshot, and the adopted ones under new numbers. */
  claim(snapshot: string, receipt: string, adopted: readonly { number: number; volume: Volume }[]): void {
    for (const { number, volume } of adopted) this.put({ ...volume, snapshot, number });
    for (const volume of this.all()) {
      if (volume.snapshot === snapshot) this.put({ ...volume, receipt, unclaimed: null });
    }
    this.#database.exec("UPDATE volume SET lines = NULL WHERE unclaimed IS NULL AND lines IS NOT NULL");
  }

  /** Removes a volume. */
  forget(volume: Volume): void {
    this.#all.delete(volume.seq);
    this.#checksum.remove(digestOf(volume));
    this.#database.prepare("DELETE FROM volume WHERE seq = ?").run(volume.seq);
  }

  /** Yields the index lines of the volumes that a snapshot adopts, with the numbers that these have there. */
  *lines(adopted: readonly { readonly number: number; readonly volume: Volume }[]): Generator<string> {
    const one = this.#database.prepare("SELECT lines FROM volume WHERE seq = ?");
    for (const { number, volume } of adopted) {
      const [[lines] = []] = one.all(volume.seq);
      const { compression, entries, lines: digest } = volume.unclaimed!;
      if (!(lines instanceof Uint8Array) || sha256(lines) !== digest) throw damaged();
      const renumbered = guarded(() => withNumber(lines, compression, number));
      if (renumbered.length !== entries) throw damaged();
      yield* renumbered;
    }
  }
}

/** Columns of a row, in the order of {@link volumeOf} and {@link cellsOf}. */
const COLUMNS = "seq, snapshot, number, taken, receipt, unclaimed, entries, bytes";

const row = v.strictTuple([
  v.number(),
  v.string(),
  v.number(),
  v.nullable(v.number()),
  v.nullable(v.string()),
  v.nullable(v.pipe(v.string(), v.parseJson(), unclaimed)),
  v.number(),
  v.number(),
]);

function volumeOf(cells: readonly unknown[]): Volume {
  const { success, output } = v.safeParse(row, cells);
  if (!success) throw damaged();
  const [seq, snapshot, number, taken, receipt, unclaimed, entries, bytes] = output;
  if ((receipt === null) === (unclaimed === null)) throw damaged();
  return { seq, snapshot, number, taken, receipt, unclaimed, entries, bytes };
}

type Cells = [number, string, number, number | null, string | null, string | null, number, number];

function cellsOf({ seq, snapshot, number, taken, receipt, unclaimed, entries, bytes }: Volume): Cells {
  const known = unclaimed && JSON.stringify(unclaimed);
  return [seq, snapshot, number, taken, receipt, known, entries, bytes];
}

function digestOf(volume: Volume): RowDigest {
  return digestRow(cellsOf(volume));
}

function damaged(): CatalogTrouble {
  return new CatalogTrouble("its volumes are damaged");
}

function withNumber(lines: Uint8Array, compression: CompressionKind, number: number): string[] {
  const text = new TextDecoder().decode(DECOMPRESS[compression](lines));
  return text.split("\n").slice(0, -1).map((text) => {
    const line = decodeIndexLine(text);
    if (line.gone !== undefined) throw damaged();
    return encodeIndexLine(number, line.entry);
  });
}

const DECOMPRESS: Readonly<Record<CompressionKind, (bytes: Uint8Array) => Uint8Array>> = {
  zstd: zstdDecompressSync,
  gzip: gunzipSync,
  none: (bytes) => bytes,
};
