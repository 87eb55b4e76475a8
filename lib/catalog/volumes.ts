import { gunzipSync, zstdDecompressSync } from "node:zlib";
import * as v from "schema";
import type { CompressionKind } from "../model/compression.ts";
import { commitment } from "../model/digest.ts";
import type { Entry } from "../model/entry.ts";
import { decodeIndexLine, encodeGoneLine, encodeIndexLine } from "../model/index.ts";
import type { AdoptedVolume, NeededSnapshot, VolumeRange } from "../model/receipt.ts";
import { CatalogTrouble, type Database, guarded, type Statement } from "./database.ts";
import { pathOf } from "./key.ts";

/** A volume as receipts speak of it. */
export interface KnownVolume {
  readonly snapshot: string;
  readonly number: number;
  /** What only the host knows of a volume that no receipt speaks of. */
  readonly unclaimed: Unclaimed | undefined;
  /** Commitment of its snapshot's receipt. */
  readonly receipt: string | undefined;
}

/** A volume that live entries lie in. */
export interface LiveVolume extends KnownVolume {
  readonly seq: number;
  /** When the store took its first part, by its own clock; null where it did not tell. */
  readonly taken: number | null;
  readonly entries: number;
  readonly bytes: number;
}

const unclaimed = v.strictObject({
  entries: v.number(),
  plain: v.number(),
  compression: v.picklist(["zstd", "gzip", "none"]),
  parts: v.array(v.strictObject({ size: v.number(), commitment: v.string() })),
});

type Unclaimed = v.InferOutput<typeof unclaimed>;

/** A volume that was just stored. */
export interface NewVolume {
  readonly snapshot: string;
  readonly number: number;
  readonly taken: number | null;
  readonly entries: number;
  readonly plain: number;
  readonly compression: CompressionKind;
  readonly parts: readonly { readonly size: number; readonly sha256: string }[];
  readonly lines: Uint8Array;
}

/** What was sent: the volumes of the catalog, the newest last. */
export class Volumes {
  readonly #database: Database;
  readonly #add: Statement;
  readonly #before: number;

  constructor(database: Database) {
    this.#database = database;
    this.#add = database.prepare(
      "INSERT INTO volume (seq, snapshot, number, taken, unclaimed, lines) VALUES (?, ?, ?, ?, ?, ?)",
    );
    const [[before]] = database.prepare("SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence").all() as [
      [number],
    ];
    this.#before = before;
  }

  /**
   * Remembers a volume that no receipt speaks of yet, and gives its place in the order: behind all that were there before,
   * and among those of its run by its number, in whatever order they arrive.
   */
  add({ snapshot, number, taken, entries, plain, compression, parts, lines }: NewVolume): number {
    const known: Unclaimed = {
      entries,
      plain,
      compression,
      parts: parts.map(({ size, sha256 }) => ({ size, commitment: commitment(sha256) })),
    };
    const seq = this.#before + number;
    this.#add.run(seq, snapshot, number, taken, JSON.stringify(known), lines);
    return seq;
  }

  /** Every volume, the newest first: an entry that is gone may come back as it was, and then its volume counts again. */
  all(): KnownVolume[] {
    const rows = this.#database.prepare(`
      SELECT snapshot, number, unclaimed, receipt
      FROM volume LEFT JOIN snapshot ON snapshot.id = volume.snapshot ORDER BY seq DESC`).all();
    return rows.map(([snapshot, number, known, receipt]) => {
      if ((known === null) === (receipt === null)) {
        throw new CatalogTrouble("it knows no receipt of a volume");
      }
      return {
        snapshot: snapshot as string,
        number: number as number,
        unclaimed: known === null ? undefined : parsed(known as string),
        receipt: receipt as string ?? undefined,
      };
    });
  }

  /** The volumes that live entries lie in, the newest first. */
  live(): LiveVolume[] {
    const rows = this.#database.prepare(`
      SELECT live.volume, volume.snapshot, number, taken, unclaimed, receipt, entries, bytes
      FROM (SELECT volume, COUNT(*) AS entries, SUM(size) AS bytes FROM entry WHERE NOT gone GROUP BY volume) AS live
      LEFT JOIN volume ON volume.seq = live.volume LEFT JOIN snapshot ON snapshot.id = volume.snapshot
      ORDER BY live.volume DESC`).all();
    return rows.map(([seq, snapshot, number, taken, known, receipt, entries, bytes]) => {
      if (snapshot === null || (known === null) === (receipt === null)) {
        throw new CatalogTrouble("an entry lies in a volume that is not known");
      }
      return {
        seq: seq as number,
        snapshot: snapshot as string,
        number: number as number,
        taken: taken as number | null,
        unclaimed: known === null ? undefined : parsed(known as string),
        receipt: receipt as string ?? undefined,
        entries: entries as number,
        bytes: bytes as number,
      };
    });
  }

  /** The lines of the index for volumes that a snapshot adopts: with the numbers that they have there. */
  *lines(adopted: readonly { readonly number: number; readonly volume: LiveVolume }[]): Generator<string> {
    const one = this.#database.prepare("SELECT lines FROM volume WHERE seq = ?");
    for (const { number, volume } of adopted) {
      const [[lines]] = one.all(volume.seq) as [[Uint8Array]];
      yield* guarded(() => renumbered(lines, volume.unclaimed!.compression, number));
    }
  }

  /** Lines for the paths that are gone and that a volume from `oldest` on may hold. */
  *gone(oldest: number): Generator<string> {
    const page = this.#database.prepare(
      "SELECT key FROM entry WHERE gone AND volume >= ? AND key > ? ORDER BY key LIMIT 2000",
    );
    for (let last = "";;) {
      const rows = page.all(oldest, last) as [string][];
      for (const [key] of rows) yield encodeGoneLine(pathOf(key));
      if (rows.length === 0) return;
      last = rows.at(-1)![0];
    }
  }

  /** How many lines {@link gone} gives. */
  countGone(oldest: number): number {
    const [[count]] = this.#database.prepare("SELECT COUNT(*) FROM entry WHERE gone AND volume >= ?").all(
      oldest,
    ) as [
      [number],
    ];
    return count;
  }

  /** A receipt speaks of these volumes now, as of volumes of its own snapshot. */
  claim(
    snapshot: string,
    receipt: string,
    adopted: readonly { readonly number: number; readonly volume: LiveVolume }[],
  ): void {
    const move = this.#database.prepare("UPDATE volume SET snapshot = ?, number = ? WHERE seq = ?");
    for (const { number, volume } of adopted) move.run(snapshot, number, volume.seq);
    this.#database.prepare("INSERT INTO snapshot (id, receipt) VALUES (?, ?)").run(snapshot, receipt);
    this.#database.prepare("UPDATE volume SET unclaimed = NULL, lines = NULL WHERE snapshot = ?").run(
      snapshot,
    );
  }

  /**
   * Forgets what no later snapshot can need: volumes other than the `live` ones that broke off or were stored before
   * `time`, and paths that are gone and that no volume which is still known may hold: one that nothing lies in any more is
   * built upon again when what it holds is back as it was.
   */
  forget(live: ReadonlySet<number>, time: number): void {
    const remove = this.#database.prepare("DELETE FROM volume WHERE seq = ?");
    const old = this.#database.prepare(
      "SELECT seq FROM volume WHERE unclaimed IS NOT NULL OR taken IS NULL OR taken < ?",
    );
    for (const [seq] of old.all(time) as [number][]) if (!live.has(seq)) remove.run(seq);
    this.#database.prepare(
      "DELETE FROM entry WHERE gone AND volume < (SELECT COALESCE(MIN(seq), ?) FROM volume)",
    ).run(Number.MAX_SAFE_INTEGER);
    this.#database.prepare("DELETE FROM snapshot WHERE id NOT IN (SELECT snapshot FROM volume)").run();
  }
}

function renumbered(lines: Uint8Array, compression: CompressionKind, number: number): string[] {
  const text = new TextDecoder().decode(DECOMPRESS[compression](lines));
  return text.split("\n").slice(0, -1).map((line) =>
    encodeIndexLine(number, (decodeIndexLine(line) as { entry: Entry }).entry)
  );
}

const DECOMPRESS: Readonly<Record<CompressionKind, (bytes: Uint8Array) => Uint8Array>> = {
  zstd: zstdDecompressSync,
  gzip: gunzipSync,
  none: (bytes) => bytes,
};

function parsed(text: string): Unclaimed {
  try {
    return v.parse(unclaimed, JSON.parse(text));
  } catch (error) {
    throw new CatalogTrouble("what it knows of a volume is not well formed", { cause: error });
  }
}

/** Volumes as a receipt records them that adopts them. */
export function adoptedRecord(
  { snapshot, number, unclaimed }: KnownVolume,
  as: number,
): AdoptedVolume {
  const { entries, plain, parts } = unclaimed!;
  return { number: as, entries, plain, from: { snapshot, number }, parts };
}

/** Volumes as a receipt records them that builds upon them: by snapshot, the newest first. */
export function neededRecords(newestFirst: readonly KnownVolume[]): NeededSnapshot[] {
  const bySnapshot = Map.groupBy(newestFirst, ({ snapshot }) => snapshot);
  return [...bySnapshot].map(([snapshot, volumes]) => ({
    snapshot,
    receipt: volumes[0]!.receipt!,
    volumes: ranges(volumes.map(({ number }) => number)),
  }));
}

/** Numbers as rows that follow each other. */
export function ranges(numbers: readonly number[]): VolumeRange[] {
  const found: [number, number][] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last !== undefined && last[1] + 1 === number) last[1] = number;
    else found.push([number, number]);
  }
  return found;
}
