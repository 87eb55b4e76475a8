import { gunzipSync, zstdDecompressSync } from "node:zlib";
import * as v from "valibot";
import type { CompressionKind } from "../model/compression.ts";
import { commitment, sha256 } from "../model/digest.ts";
import { decodeIndexLine, encodeIndexLine } from "../model/index.ts";
import type { AdoptedVolume, NeededSnapshot, VolumeRange } from "../model/receipt.ts";
import { snapshotTime } from "../model/snapshot.ts";
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

/** Facts of a volume that no receipt names yet. Only the host has them. */
type Unclaimed = v.InferOutput<typeof unclaimed>;

/** Volume that was sent. */
export interface Volume {
  /** Its place in the order in which all was sent. */
  readonly seq: number;
  readonly snapshot: string;
  readonly number: number;
  /** When the store took its first part, by its own clock; null where it did not report it. */
  readonly taken: number | null;
  /** Commitment of its snapshot's receipt; null while there is none. */
  readonly receipt: string | null;
  /** Facts that only the host has until then. */
  readonly unclaimed: Unclaimed | null;
  /** The entries that lie in it and in no newer one, and their bytes, as far as the last run has counted. */
  readonly entries: number;
  readonly bytes: number;
}

/** A volume that was just stored. */
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

/** The volumes of the catalog. There are few, so they are kept in memory, and each change is written at once. */
export class Volumes {
  readonly #database: Database;
  readonly #all = new Map<number, Volume>();
  readonly #tally = new RowChecksum();
  readonly #put: Statement;
  #lastSeq: number;
  /** The place before those of this pass. */
  #before: number;

  /**
   * @param tally of all rows, as it was when they were written.
   * @throws {CatalogTrouble} when they are others now.
   */
  constructor(database: Database, tally: string, lastSeq: number) {
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
      this.#tally.add(digestOf(volume));
    }
    if (this.tally !== tally || [...this.#all.keys()].some((seq) => seq > lastSeq)) throw damaged();
  }

  /** Checksum of all rows. */
  get tally(): string {
    return this.#tally.toString();
  }

  /** The last place that was given away. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** A new pass: its volumes come behind all that are there. */
  begin(): void {
    this.#before = this.#lastSeq;
  }

  get(seq: number): Volume | undefined {
    return this.#all.get(seq);
  }

  /** All of them, the newest last. */
  all(): Volume[] {
    return [...this.#all.values()].sort((a, b) => a.seq - b.seq);
  }

  /**
   * Remembers a volume that no receipt speaks of yet, and gives its place in the order: behind all that were there before,
   * and among those of its run by its number, in whatever order they arrive.
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

  /** Writes what is known of a volume now. */
  put(volume: Volume): void {
    const known = this.#all.get(volume.seq);
    if (known !== undefined) this.#tally.remove(digestOf(known));
    this.#all.set(volume.seq, volume);
    this.#tally.add(digestOf(volume));
    this.#put.run(...cellsOf(volume));
  }

  /** A receipt speaks of the volumes of this snapshot now, and of these as if they were. */
  claim(snapshot: string, receipt: string, adopted: readonly { number: number; volume: Volume }[]): void {
    for (const { number, volume } of adopted) this.put({ ...volume, snapshot, number });
    for (const volume of this.all()) {
      if (volume.snapshot === snapshot) this.put({ ...volume, receipt, unclaimed: null });
    }
    this.#database.exec("UPDATE volume SET lines = NULL WHERE unclaimed IS NULL AND lines IS NOT NULL");
  }

  /** Forgets a volume. */
  forget(volume: Volume): void {
    this.#all.delete(volume.seq);
    this.#tally.remove(digestOf(volume));
    this.#database.prepare("DELETE FROM volume WHERE seq = ?").run(volume.seq);
  }

  /** The lines of the index for volumes that a snapshot adopts: with the numbers that they have there. */
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

/** The columns of a row, in the order of {@link volumeOf} and {@link cellsOf}. */
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

/** A volume as a receipt records it that adopts it. */
export function adoptedRecord({ snapshot, number, unclaimed }: Volume, as: number): AdoptedVolume {
  const { entries, plain, parts } = unclaimed!;
  return { number: as, entries, plain, from: { snapshot, number }, parts };
}

/** Whether a volume belongs to a snapshot that claims a later time than another: readers refuse to build that upon it. */
export function isLater({ snapshot }: Volume, other: string): boolean {
  return snapshotTime(snapshot)! > snapshotTime(other)!;
}

/** Volumes as a receipt records them that builds upon them: by snapshot, the newest first. */
export function neededRecords(newestFirst: readonly Volume[]): NeededSnapshot[] {
  const bySnapshot = Map.groupBy(newestFirst, ({ snapshot }) => snapshot);
  return [...bySnapshot].map(([snapshot, volumes]) => ({
    snapshot,
    receipt: volumes[0]!.receipt!,
    volumes: ranges(volumes.map(({ number }) => number)),
  }));
}

/** Numbers as rows that follow each other. */
function ranges(numbers: readonly number[]): VolumeRange[] {
  const found: [number, number][] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last !== undefined && last[1] + 1 === number) last[1] = number;
    else found.push([number, number]);
  }
  return found;
}
