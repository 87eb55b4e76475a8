import { encodeGoneLine } from "../model/index.ts";
import type { Contents } from "./contents.ts";
import { digestOfGone, type Entries } from "./entries.ts";
import { PathKeys, pathOfKey } from "./path_key.ts";
import { hasAttributes } from "../model/attributes.ts";
import { compareUtf8 } from "../model/utf8_order.ts";
import { isRacy, type Mark, markOf, statSignature, UNLIKE, type Walked } from "./stat_signature.ts";
import type { ScanOptions, StoredVolume, TreeSummary } from "./scan_options.ts";
import { isFresh } from "./refresh.ts";
import type { Row, Rows } from "./rows.ts";
import { RowChecksum } from "./row_checksum.ts";
import { adoptedRecord, isLater, neededRecords, type Volume, type Volumes } from "./volumes.ts";

export type { ScanOptions, TreeSummary } from "./scan_options.ts";

/** What an entry takes in an archive and an index beside its content, roughly: to send directories anew is work as well. */
export const ENTRY_WEIGHT = 1024;

/**
 * How many files with further names are remembered: any user can make files whose other names are never met. Links to one
 * that is not remembered are sent again. The walk remembers half as many, and makes no links to others.
 */
const MAX_LINKED = 200_000;

/** The volume of what is still to be sent: it will be newer than all. */
const IN_NONE = Infinity;

/** What becomes of an entry: see {@link CatalogScan}. */
type Verdict = "kept" | "open" | "sent";

/** Entries or rows that are gone through before there is a chance to pause. */
const GAP = 500;

/** The entries of a tree that lie in a volume. */
interface Share {
  entries: number;
  bytes: number;
}

/**
 * One run's way over the tree, held against what was sent before. What changed is let through, to be sent; what was sent
 * is kept at once, so that a run after a crash has it; what was not met is gone.
 *
 * At its end every row that is not gone is an entry of the tree, and its volume is the newest that holds its path: of
 * several versions of a path that lie in volumes the newest counts.
 *
 * What the receipt says is counted here, on the way over the tree and the rows. A row counts when it was read, and it
 * shows at the last one whether all of them are what was written.
 */
export class CatalogScan<T extends Walked> {
  readonly #contents: Contents;
  readonly #entries: Entries;
  readonly #volumes: Volumes;
  readonly #options: ScanOptions<T>;
  readonly #keys: PathKeys;
  /** Why most of what is known has to be sent again; undefined where that is not so. */
  readonly stale: string | undefined;
  /** Known paths that were let through and are in no new volume yet. */
  readonly #awaited = new Map<string, Row>();
  /** The entries of the tree by volume. */
  readonly #shares = new Map<number, Share>();
  /** The paths that are gone. */
  readonly #gone = new RowChecksum();
  /** Files with further names: how many of these were not met yet, and the volume; undefined while that is open. */
  readonly #linked = new Map<string, { left: number; volume: number | undefined }>();
  /** Entries that were let through for their attributes alone, with what is known of them. */
  readonly #open = new Map<T, Row>();
  /** The host's earliest time in this pass, whichever way its clock goes. */
  #earliest: number;
  /** What is still to be sent of the volume that is refreshed in part. */
  #partLeft: number;
  #refreshed = 0;

  constructor(contents: Contents, options: ScanOptions<T>) {
    this.#contents = contents;
    this.#entries = contents.entries;
    this.#volumes = contents.volumes;
    this.#volumes.begin();
    this.#options = options;
    this.stale = options.stale;
    this.#keys = new PathKeys(options.declared);
    this.#earliest = options.clock();
    this.#partLeft = options.refresh.partly?.bytes ?? 0;
  }

  /**
   * The entries of a walk that have to be sent, as it is taken.
   *
   * Undefined stands for nothing: after many entries or rows of which none has to be sent, whoever takes them can pause.
   *
   * @throws {CatalogTrouble} when the catalog turns out to be damaged, at the end at the latest.
   */
  *changes(walk: Iterable<T>): Generator<T | undefined> {
    const rows = this.#entries.rows();
    let last = "";
    let met = 0;
    for (const entry of walk) {
      if (++met % GAP === 0) yield undefined;
      this.#earliest = Math.min(this.#earliest, this.#options.clock());
      const key = this.#keys.of(entry.path);
      const isNext = compareUtf8(key, last) > 0;
      if (isNext) { while (this.#passGone(rows, key)) yield undefined; }
      const row = isNext ? this.#rowAt(rows, key) : this.#entries.find(key);
      if (!isNext && row !== undefined && !row.gone) continue; // it was met before
      if (isNext) last = key;
      const verdict = this.#verdict(entry, row);
      if (verdict === "kept") continue;
      if (verdict === "open") this.#open.set(entry, row!);
      else if (row) this.#awaited.set(key, row);
      yield entry;
    }
    while (this.#passGone(rows, undefined)) yield undefined;
  }

  /** A path is gone. */
  #lose(row: Row): void {
    if (row.gone) return;
    this.#entries.mark(row, true);
    this.#gone.add(digestOfGone(row));
  }

  /** Marks rows that lie before `key` as gone, all of them without one. Returns whether there may be more. */
  #passGone(rows: Rows, key: string | undefined): boolean {
    for (let left = GAP; left > 0; left -= 1) {
      const row = rows.current;
      if (row === undefined || (key !== undefined && compareUtf8(row.key, key) >= 0)) return false;
      rows.advance();
      if (row.gone) this.#gone.add(digestOfGone(row));
      else this.#lose(row);
    }
    return true;
  }

  /** Returns the row of the key where there is one. What lies before it has been passed. */
  #rowAt(rows: Rows, key: string): Row | undefined {
    const row = rows.current;
    if (row?.key !== key) return undefined;
    rows.advance();
    if (row.gone) this.#gone.add(digestOfGone(row));
    return row;
  }

  /**
   * Whether an entry that was let through only for its attributes, which have been read, need not be sent: it has none, or
   * no more could be read of them than before.
   */
  isUnchanged(entry: T): boolean {
    const row = this.#open.get(entry);
    if (row === undefined) return false;
    this.#open.delete(entry);
    const mark = this.#markToKeep(entry, row);
    const file = this.#linked.get(entry.path);
    if (file !== undefined) file.volume = mark === undefined ? IN_NONE : row.volume;
    if (mark === undefined) this.#awaited.set(row.key, row);
    else this.#keep(row, statSignature(entry, this.#options.trust(entry), mark));
    return mark !== undefined;
  }

  /** How far the attributes of what lies in an older volume have been read, if it is still the entry. */
  #markToKeep(entry: T, row: Row): Mark | undefined {
    const before = markOf(row.likeness, entry, this.#options.trust(entry))!;
    if (entry.type === "hardlink") return this.#volumeOf(entry.link!) > row.volume ? undefined : before;
    const now = entry.attributeStatus;
    if (now === undefined || now === before) return before;
    return before === "some" || hasAttributes(entry) ? undefined : now;
  }

  /** What becomes of an entry: it lies in an older volume, does so if it has no attributes, or has to be sent. */
  #verdict(entry: T, row: Row | undefined): Verdict {
    const isThere = row !== undefined && this.#volumes.get(row.volume) !== undefined;
    const verdict = isThere ? this.#compared(entry, row) : "sent";
    if (entry.type === "file" && entry.nlink > 1 && this.#linked.size < MAX_LINKED) {
      const volume = verdict === "kept" ? row!.volume : verdict === "sent" ? IN_NONE : undefined;
      this.#linked.set(entry.path, { left: entry.nlink - 1, volume });
    }
    if (verdict === "kept") this.#keep(row!);
    return verdict;
  }

  /** What was sent is the entry: it counts as that. */
  #keep(row: Row, likeness = row.likeness): void {
    if (row.gone) this.#gone.remove(digestOfGone(row));
    if (likeness !== row.likeness) this.#entries.keep({ ...row, likeness }, row);
    else if (row.gone) this.#entries.mark(row, false);
    this.#count(row.volume, row.size);
  }

  #compared(entry: T, row: Row): Verdict {
    const isOpen = entry.type === "hardlink" && this.#isOpen(entry.link!);
    // A file that is extracted again is another one than its links: none may lie in an older volume than it.
    const isApart = entry.type === "hardlink" && !isOpen && this.#volumeOf(entry.link!) > row.volume;
    const mark = markOf(row.likeness, entry, this.#options.trust(entry));
    if (mark === undefined || isApart || this.#isRefreshed(entry, row.volume)) return "sent";
    if (entry.type === "hardlink") return isOpen ? "open" : "kept";
    return mark === "all" || !this.#options.attributes ? "kept" : "open";
  }

  #isOpen(first: string): boolean {
    const file = this.#linked.get(first);
    return file !== undefined && file.volume === undefined;
  }

  /** The volume of a file whose further name was met. */
  #volumeOf(first: string): number {
    const file = this.#linked.get(first);
    if (file === undefined) return IN_NONE;
    if (--file.left === 0) this.#linked.delete(first);
    return file.volume ?? IN_NONE;
  }

  #isRefreshed(entry: T, volume: number): boolean {
    const { old, whole, partly } = this.#options.refresh;
    if (old.has(volume)) return true;
    const weight = entry.size + ENTRY_WEIGHT;
    // What is more than twice as much as is due waits, until more is.
    const part = volume === partly?.seq && weight <= 2 * this.#partLeft;
    if (part) this.#partLeft -= weight;
    if (part || whole.has(volume)) this.#refreshed += weight;
    return part || whole.has(volume);
  }

  #count(volume: number, size: number): void {
    const share = this.#shares.get(volume) ?? { entries: 0, bytes: 0 };
    share.entries += 1;
    share.bytes += size;
    this.#shares.set(volume, share);
  }

  /** Keeps what a volume holds. It lasts when this returns, whatever happens to the run. */
  stored({ members, taken, ...volume }: StoredVolume): void {
    const { snapshot, compression, clock, trust } = this.#options;
    const seq = this.#volumes.add({
      ...volume,
      snapshot,
      compression,
      taken: taken?.getTime() ?? null,
      bytes: volume.plain,
    });
    const reading = { from: this.#earliest, to: clock() };
    for (const { walked, archived } of members) {
      const key = this.#keys.of(walked.path);
      const trusted = trust(walked as T);
      const certain = archived === walked && !isRacy(walked, reading, trusted);
      const row = {
        key,
        likeness: certain ? statSignature(walked, trusted, walked.attributeStatus ?? "none") : UNLIKE,
        size: archived.size,
        volume: seq,
      };
      const known = this.#awaited.get(key);
      if (known?.gone) this.#gone.remove(digestOfGone(known));
      this.#entries.keep(row, known);
      this.#awaited.delete(key);
      this.#count(seq, archived.size);
    }
    this.#contents.commit();
  }

  /** What follows the own volumes' lines in the index, once all of them are stored. */
  *rest(own: number): Generator<string> {
    for (const key of this.#goneKeys()) yield encodeGoneLine(pathOfKey(key));
    yield* this.#volumes.lines(this.#adopted(own));
  }

  /** What the receipt says of the walked tree, once all volumes of the snapshot are stored, `own` in number. */
  standing(own: number): TreeSummary {
    const shares = [...this.#shares.values()];
    return {
      entries: shares.reduce((sum, { entries }) => sum + entries, 0),
      bytes: shares.reduce((sum, { bytes }) => sum + bytes, 0),
      gone: this.#goneKeys().reduce((count) => count + 1, 0),
      adopted: this.#adopted(own).map(({ volume, number }) => adoptedRecord(volume, number)),
      needs: neededRecords(this.#older().filter(({ receipt }) => receipt !== null)),
    };
  }

  /** Whether a snapshot of this moment, by the store's clock, may need what it needs. */
  holds(now: Date | undefined): boolean {
    const { oldest } = this.#options;
    return this.#older().every(({ taken }) => now !== undefined && isFresh(taken, now.getTime(), oldest));
  }

  /**
   * The receipt is stored: makes of what the run has found the catalog that the next one begins with.
   *
   * What no later snapshot can need is forgotten: volumes without entries of the tree that broke off, were stored before
   * `time` or belong to a snapshot that claims a later time, and paths that are gone and that no volume which is still known may hold: one that nothing lies in any more is
   * built upon again when what it holds is back as it was.
   */
  conclude(own: number, receipt: string, time: number): void {
    this.#live();
    this.#volumes.claim(this.#options.snapshot, receipt, this.#adopted(own));
    for (const volume of this.#volumes.all()) {
      const { entries, bytes } = this.#shares.get(volume.seq) ?? { entries: 0, bytes: 0 };
      const isOld = volume.unclaimed !== null || volume.taken === null || volume.taken < time ||
        isLater(volume, this.#options.snapshot);
      if (entries === 0 && isOld) this.#volumes.forget(volume);
      else if (entries !== volume.entries || bytes !== volume.bytes) {
        this.#volumes.put({ ...volume, entries, bytes });
      }
    }
    this.#entries.forgetGone(this.#volumes.all()[0]?.seq ?? Number.MAX_SAFE_INTEGER);
  }

  /** Bytes that this run and those before have re-sent beyond what was due; below zero where it was less. */
  get ahead(): number {
    return this.#refreshed - this.#options.refresh.due;
  }

  /** The volumes that entries of the tree lie in, the newest first. What was let through and could not be read is gone. */
  #live(): Volume[] {
    for (const row of this.#awaited.values()) this.#lose(row);
    this.#awaited.clear();
    return [...this.#shares.keys()].sort((a, b) => b - a).map((seq) => this.#volumes.get(seq)!);
  }

  #older(): Volume[] {
    return this.#live().filter(({ snapshot }) => snapshot !== this.#options.snapshot);
  }

  /** The keys of paths that are gone and that a volume which is needed may hold. */
  *#goneKeys(): Generator<string> {
    const oldest = this.#older().at(-1)?.seq ?? Number.MAX_SAFE_INTEGER;
    for (const { key, volume } of this.#entries.gone(this.#gone.toString())) if (volume >= oldest) yield key;
  }

  #adopted(own: number): { number: number; volume: Volume }[] {
    return this.#older().filter(({ unclaimed }) => unclaimed !== null)
      .map((volume, at) => ({ number: own + 1 + at, volume }));
  }
}
