import { CatalogTrouble, type Database, type Statement } from "./database.ts";
import { compareUtf8 } from "../model/utf8_order.ts";
import { type Cell, digestRow, RowChecksum, type RowDigest } from "./row_checksum.ts";

/** Row of a path that was sent. */
export interface SentRow {
  readonly key: string;
  readonly signature: string;
  /** Size of the content in bytes. */
  readonly size: number;
  /** Number, in the order of volumes, of the volume that contains it. */
  readonly volume: number;
}

/** Row of a path in the catalog. */
export interface Row extends SentRow {
  /** Whether the last walk did not find it. */
  readonly gone: boolean;
}

/** Columns of a row, in the order of {@link rowOf}. */
export const COLUMNS = "key, signature, size, volume, gone";

/**
 * Returns the row that was read.
 *
 * @throws {CatalogTrouble} if it is malformed.
 */
export function rowOf([key, signature, size, volume, gone]: readonly unknown[]): Row {
  const isWhole = typeof key === "string" && typeof signature === "string" && typeof size === "number" &&
    typeof volume === "number" && (gone === 0 || gone === 1);
  if (!isWhole) throw damaged();
  return { key, signature, size, volume, gone: gone === 1 };
}

/** Returns the digest of a row. */
export function digestOfRow({ key, signature, size, volume }: SentRow, gone: boolean): RowDigest {
  return digestRow([key, signature, size, volume, gone ? 1 : 0]);
}

/** Returns the error for rows that differ from what was written. */
export function damaged(): CatalogTrouble {
  return new CatalogTrouble("its entries are damaged");
}

/**
 * Number of rows that are read at a time. One call for each row would take four times as long; V8 would move two thousand
 * rows into the heap of old objects before they are used.
 */
const PAGE = 200;

/**
 * Iterates over all rows in the order of their keys. A page is read when the one before it is finished, so
 * rows after the current one can be written in the meantime.
 *
 * The rows that were read can be trusted only after the last one: only then the checksum shows whether they
 * are those that were written.
 */
export class Rows {
  readonly #next: Statement;
  readonly #expected: string;
  readonly #seen = new RowChecksum();
  #page: Row[] = [];
  #at = 0;
  #last = "";
  #ended = false;

  /**
   * Begins at the first row.
   *
   * @param expected Checksum of all rows.
   */
  constructor(database: Database, expected: string) {
    this.#expected = expected;
    this.#next = database.prepare(`SELECT ${COLUMNS} FROM entry WHERE key > ? ORDER BY key LIMIT ${PAGE}`);
  }

  /**
   * Current row; undefined after the last.
   *
   * @throws {CatalogTrouble} if the rows differ from those that were written.
   */
  get current(): Row | undefined {
    if (this.#at === this.#page.length && !this.#ended) this.#read();
    return this.#page[this.#at];
  }

  /** Moves to the next row. */
  advance(): void {
    this.#at += 1;
  }

  #read(): void {
    [this.#page, this.#at] = [[], 0];
    for (const cells of this.#next.all(this.#last)) {
      const row = rowOf(cells);
      if (compareUtf8(row.key, this.#last) <= 0) throw damaged();
      this.#last = row.key;
      this.#seen.add(digestRow(cells as Cell[]));
      this.#page.push(row);
    }
    this.#ended = this.#page.length < PAGE;
    if (this.#ended && this.#seen.toString() !== this.#expected) throw damaged();
  }
}
