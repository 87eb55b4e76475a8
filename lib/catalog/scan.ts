import type { Contents } from "./contents.ts";
import type { Entries } from "./entries.ts";
import { LinkedFiles, NEW_VOLUME } from "./linked_files.ts";
import { PathKeys } from "./path_key.ts";
import { RefreshBudget } from "./refresh_budget.ts";
import type { Row, Rows, SentRow } from "./rows.ts";
import type { Member, ScanOptions, StoredVolume, TreeSummary } from "./scan_options.ts";
import { ScannedTree } from "./scanned_tree.ts";
import { ALWAYS_CHANGED, isRacy, type Mark, markOf, statSignature, type Walked } from "./stat_signature.ts";
import type { Volumes } from "./volumes.ts";
import { hasAttributes } from "../model/attributes.ts";
import { compareUtf8 } from "../model/utf8_order.ts";

export type { ScanOptions, TreeSummary } from "./scan_options.ts";

/**
 * Result of the comparison: an older volume contains the entry (`kept`), contains it if its attributes are
 * unchanged (`open`), or the entry must be sent.
 */
type Verdict = "kept" | "open" | "sent";

/** Number of rows between two opportunities to pause. */
const GAP = 500;

/**
 * Scan of the tree against the catalog. Yields the entries that must be sent. An entry that an older volume
 * contains unchanged, or that was sent, is written into the catalog at once, so that a run after a crash
 * finds it. A known path that the walk does not find is gone.
 *
 * At the end, every row that is not gone is an entry of the tree, and its volume is the newest that contains
 * its path: if several volumes contain versions of a path, the newest is valid.
 *
 * The totals for the receipt are counted during the iteration over the tree and the rows. A row is counted
 * when it is read; at the last row, a checksum shows whether all rows are those that were written.
 */
export class CatalogScan<T extends Walked> {
  readonly #contents: Contents;
  readonly #options: ScanOptions<T>;
  readonly #keys: PathKeys;
  readonly #tree: ScannedTree;
  readonly #linked = new LinkedFiles();
  readonly #budget: RefreshBudget;
  /** Rows of the entries that were yielded only to have their attributes read. */
  readonly #open = new Map<T, Row>();
  /** Earliest time of the host's clock during this scan: the clock may be set back in the meantime. */
  #earliest: number;

  constructor(contents: Contents, options: ScanOptions<T>) {
    this.#contents = contents;
    this.#volumes.begin();
    this.#options = options;
    this.#keys = new PathKeys(options.declared);
    this.#tree = new ScannedTree(contents, options.snapshot);
    this.#budget = new RefreshBudget(options.refresh);
    this.#earliest = options.clock();
  }

  /** Reason why most known entries must be sent again; undefined if they need not. */
  get stale(): string | undefined {
    return this.#options.stale;
  }

  /** Bytes that this run and earlier ones have re-sent beyond what was due; negative if less. */
  get ahead(): number {
    return this.#budget.ahead;
  }

  get #entries(): Entries {
    return this.#contents.entries;
  }

  get #volumes(): Volumes {
    return this.#contents.volumes;
  }

  /**
   * Yields the entries of a walk that must be sent, as the walk proceeds.
   *
   * Undefined is no entry, but an opportunity to pause: that of the walk, or after many rows.
   *
   * @param keep Called with each other entry.
   * @throws {CatalogTrouble} if the catalog is damaged; at the end of the walk at the latest.
   */
  *changes(walk: Iterable<T | undefined>, keep: (entry: T) => void = () => {}): Generator<T | undefined> {
    const rows = this.#entries.rows();
    let last = "";
    for (const entry of walk) {
      if (entry === undefined) {
        yield undefined;
        continue;
      }
      this.#earliest = Math.min(this.#earliest, this.#options.clock());
      const key = this.#keys.of(entry.path);
      // All rows up to the last key were passed, so a key that has the current row follows it.
      const isNext = rows.current?.key === key || compareUtf8(key, last) > 0;
      if (isNext) { while (this.#passGone(rows, key)) yield undefined; }
      const row = isNext ? this.#rowAt(rows, key) : this.#entries.find(key);
      if (isNext) last = key;
      const isRepeated = !isNext && row !== undefined && !row.gone; // the walk has found it before
      const verdict = isRepeated ? "kept" : this.#verdict(entry, row);
      if (verdict === "kept") {
        keep(entry);
        continue;
      }
      if (verdict === "open") this.#open.set(entry, row!);
      else if (row) this.#tree.await(row);
      yield entry;
    }
    while (this.#passGone(rows, undefined)) yield undefined;
  }

  /** Marks the rows before `key` as gone; all rows if it is undefined. Returns whether there may be more. */
  #passGone(rows: Rows, key: string | undefined): boolean {
    for (let left = GAP; left > 0; left -= 1) {
      const row = rows.current;
      if (row === undefined || row.key === key) return false;
      if (key !== undefined && compareUtf8(row.key, key) > 0) return false;
      rows.advance();
      if (row.gone) this.#tree.stillGone(row);
      else this.#tree.lose(row);
    }
    return true;
  }

  /** Returns the row of the key, if there is one. The rows before it must have been read. */
  #rowAt(rows: Rows, key: string): Row | undefined {
    const row = rows.current;
    if (row?.key !== key) return undefined;
    rows.advance();
    if (row.gone) this.#tree.stillGone(row);
    return row;
  }

  #verdict(entry: T, row: Row | undefined): Verdict {
    const isKnown = row !== undefined && this.#volumes.get(row.volume) !== undefined;
    const verdict = isKnown ? this.#compared(entry, row) : "sent";
    this.#linked.meet(entry, verdict === "kept" ? row!.volume : verdict === "sent" ? NEW_VOLUME : undefined);
    if (verdict === "kept") this.#tree.keep(row!);
    return verdict;
  }

  #compared(entry: T, row: Row): Verdict {
    const isOpen = entry.type === "hardlink" && this.#linked.isOpen(entry.link!);
    // A restore extracts a newer version of a file to another inode than that of links in older volumes. So no link may
    // be in an older volume than its file.
    const isApart = entry.type === "hardlink" && !isOpen && this.#linked.volumeOf(entry.link!) > row.volume;
    const mark = markOf(row.signature, entry, this.#options.trust(entry));
    if (mark === undefined || isApart || this.#budget.takes(row.volume, entry.size)) return "sent";
    if (entry.type === "hardlink") return isOpen ? "open" : "kept";
    return mark === "all" || !this.#options.attributes ? "kept" : "open";
  }

  /**
   * Whether an entry that was yielded only to have its attributes read need not be sent: it has none, or no
   * more of them could be read than before.
   */
  isUnchanged(entry: T): boolean {
    const row = this.#open.get(entry);
    if (row === undefined) return false;
    this.#open.delete(entry);
    const mark = this.#markToKeep(entry, row);
    this.#linked.settle(entry.path, mark === undefined ? NEW_VOLUME : row.volume);
    if (mark === undefined) this.#tree.await(row);
    else this.#tree.keep(row, statSignature(entry, this.#options.trust(entry), mark));
    return mark !== undefined;
  }

  /** Returns the completeness of the attributes in the older volume; undefined if the entry must be sent. */
  #markToKeep(entry: T, row: Row): Mark | undefined {
    const before = markOf(row.signature, entry, this.#options.trust(entry))!;
    if (entry.type === "hardlink") {
      return this.#linked.volumeOf(entry.link!) > row.volume ? undefined : before;
    }
    const now = entry.attributeStatus;
    if (now === undefined || now === before) return before;
    return before === "some" || hasAttributes(entry) ? undefined : now;
  }

  /** Writes a stored volume and its members into the catalog, durably. */
  stored({ members, taken, ...volume }: StoredVolume): void {
    const { snapshot, compression } = this.#options;
    const seq = this.#volumes.add({
      ...volume,
      snapshot,
      compression,
      taken: taken?.getTime() ?? null,
      bytes: volume.plain,
    });
    this.#tree.sent(this.#rowsOf(members, seq));
    this.#contents.commit();
  }

  /** Yields the rows of the members of a volume that was just stored. */
  *#rowsOf(members: Iterable<Member>, volume: number): Generator<SentRow> {
    const { clock, trust } = this.#options;
    const reading = { from: this.#earliest, to: clock() };
    for (const { walked, archived } of members) {
      const trusted = trust(walked as T);
      const certain = archived === walked && !isRacy(walked, reading, trusted);
      const mark = walked.attributeStatus ?? "none";
      const signature = certain ? statSignature(walked, trusted, mark) : ALWAYS_CHANGED;
      yield { key: this.#keys.of(walked.path), signature, size: archived.size, volume };
    }
  }

  /**
   * Yields the index lines that follow those of the snapshot's `own` volumes, once all of them are stored.
   */
  rest(own: number): Generator<string> {
    return this.#tree.rest(own);
  }

  /** Returns the summary of the tree for the receipt, once all lines of `rest` were taken. */
  summary(own: number): TreeSummary {
    return this.#tree.summary(own);
  }

  /**
   * Whether each older volume is still fresh enough for a receipt that is stored at `now`, by the store's
   * clock.
   */
  holds(now: Date | undefined): boolean {
    return this.#tree.isFresh(now, this.#options.oldest);
  }

  /**
   * Prepares the catalog for the next run, once the receipt is stored: see {@linkcode ScannedTree.conclude}.
   */
  conclude(own: number, receipt: string, time: number): void {
    this.#tree.conclude(own, receipt, time);
  }
}
