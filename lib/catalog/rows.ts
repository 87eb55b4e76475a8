import { CatalogTrouble, type Database, type Statement } from "./database.ts";
import { compareUtf8 } from "../model/utf8_order.ts";
import { digestRow, RowChecksum, type RowDigest } from "./row_checksum.ts";

/** A path as the catalog knows it. */
export interface Row {
  readonly key: string;
  readonly likeness: string;
  /** Bytes of content. */
  readonly size: number;
  /** Place of the volume that holds it. */
  readonly volume: number;
  /** Whether the last walk did not meet it. */
  readonly gone: boolean;
}

/** The columns of a row, in the order in which {@link rowOf} takes them. */
export const COLUMNS = "key, likeness, size, volume, gone";

/** A row as it was read. @throws {CatalogTrouble} when it is not of the form. */
export function rowOf([key, likeness, size, volume, gone]: readonly unknown[]): Row {
  const isWhole = typeof key === "string" && typeof likeness === "string" && typeof size === "number" &&
    typeof volume === "number" && (gone === 0 || gone === 1);
  if (!isWhole) throw damaged();
  return { key, likeness, size, volume, gone: gone === 1 };
}

/** Its digest. */
export function digestOfRow({ key, likeness, size, volume, gone }: Row): RowDigest {
  return digestRow([key, likeness, size, volume, gone ? 1 : 0]);
}

/** Returns the error for rows that differ from what was written. */
export function damaged(): CatalogTrouble {
  return new CatalogTrouble("its entries are damaged");
}

/** Rows read at a time: a call for each would take four times as long. */
const PAGE = 2000;

/**
 * All rows in the order of their keys, looked at one by one. A page is read when the one before it is through, so rows
 * behind the one that is looked at can be written meanwhile.
 *
 * What was read is certain when the last row is through: only then it shows whether all of it is what was written.
 */
export class Rows {
  readonly #next: Statement;
  readonly #expected: string;
  readonly #seen = new RowChecksum();
  #page: Row[] = [];
  #at = 0;
  #last = "";
  #ended = false;

  /** @param expected the tally of all rows. */
  constructor(database: Database, expected: string) {
    this.#expected = expected;
    this.#next = database.prepare(`SELECT ${COLUMNS} FROM entry WHERE key > ? ORDER BY key LIMIT ${PAGE}`);
  }

  /**
   * The row that is next; undefined behind the last.
   *
   * @throws {CatalogTrouble} when the rows are other than they were written.
   */
  get current(): Row | undefined {
    if (this.#at === this.#page.length && !this.#ended) this.#read();
    return this.#page[this.#at];
  }

  /** Goes on to the row behind the current one. */
  advance(): void {
    this.#at += 1;
  }

  #read(): void {
    this.#page = this.#next.all(this.#last).map(rowOf);
    this.#at = 0;
    for (const row of this.#page) {
      if (compareUtf8(row.key, this.#last) <= 0) throw damaged();
      this.#last = row.key;
      this.#seen.add(digestOfRow(row));
    }
    this.#ended = this.#page.length < PAGE;
    if (this.#ended && this.#seen.toString() !== this.#expected) throw damaged();
  }
}
