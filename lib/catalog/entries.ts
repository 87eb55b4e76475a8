import type { Database, Statement, Value } from "./database.ts";
import { PathKeys, pathOfKey } from "./path_key.ts";
import { compareUtf8 } from "../model/utf8_order.ts";
import { COLUMNS, damaged, digestOfRow, type Row, rowOf, Rows, type SentRow } from "./rows.ts";
import { digestRow, RowChecksum, type RowDigest } from "./row_checksum.ts";

/** Number of rows that are written by one statement, which takes less than half the time of one for each. */
const AT_A_TIME = 100;

/** Number of values of a row that is written. */
const VALUES = 4;

function keepStatement(rows: number): string {
  return `INSERT OR REPLACE INTO entry (${COLUMNS}) VALUES ${Array(rows).fill("(?, ?, ?, ?, 0)").join(", ")}`;
}

/**
 * Newest version that was sent of every path: the catalog's table of entries. Every change updates its
 * checksum.
 */
export class Entries {
  readonly #database: Database;
  readonly #checksum: RowChecksum;
  readonly #mark: Statement;
  readonly #keep: Statement;
  readonly #keepMany: Statement;
  readonly #find: Statement;

  /**
   * Opens the table.
   *
   * @param checksum Checksum of all rows when they were written.
   */
  constructor(database: Database, checksum: string) {
    this.#database = database;
    this.#checksum = new RowChecksum(checksum);
    this.#mark = database.prepare("UPDATE entry SET gone = ? WHERE key = ?");
    this.#keep = database.prepare(keepStatement(1));
    this.#keepMany = database.prepare(keepStatement(AT_A_TIME));
    this.#find = database.prepare(`SELECT ${COLUMNS} FROM entry WHERE key = ?`);
  }

  /** Checksum of all rows. */
  get checksum(): string {
    return this.#checksum.toString();
  }

  /** Returns all rows in their present state. */
  rows(): Rows {
    return new Rows(this.#database, this.checksum);
  }

  /** Returns the row of a key; undefined if there is none. */
  find(key: string): Row | undefined {
    const [row] = this.#find.all(key);
    return row && rowOf(row);
  }

  /** Sets whether the path of a row is gone. */
  mark(row: Row, gone: boolean): void {
    this.#mark.run(gone ? 1 : 0, row.key);
    this.#replace(row, row, gone);
  }

  /**
   * Writes the rows of paths that were sent.
   *
   * @param known Returns the present state of a row; undefined if there is none. Called once for each.
   */
  keep(rows: Iterable<SentRow>, known: (row: SentRow) => Row | undefined): void {
    let values: Value[] = [];
    for (const row of rows) {
      values.push(row.key, row.signature, row.size, row.volume);
      this.#replace(known(row), row, false);
      if (values.length < AT_A_TIME * VALUES) continue;
      this.#keepMany.run(...values);
      values = [];
    }
    for (let at = 0; at < values.length; at += VALUES) this.#keep.run(...values.slice(at, at + VALUES));
  }

  /**
   * Yields the keys that are gone, each with its volume, in their order.
   *
   * @param expected Checksum of all of them, by {@link digestOfGone}: they come from an index of their own.
   * @throws {CatalogTrouble} if they are in another order, or, at the end, if they do not have this checksum.
   */
  *gone(expected: string): Generator<{ readonly key: string; readonly volume: number }> {
    const page = this.#database.prepare(
      "SELECT key, volume FROM entry WHERE gone AND key > ? ORDER BY key LIMIT 2000",
    );
    const seen = new RowChecksum();
    let last = "";
    for (let rows = page.all(last); rows.length > 0; rows = page.all(last)) {
      for (const [key, volume] of rows) {
        // A damaged index can return keys in another order, so that the same page would be read again.
        if (typeof key !== "string" || typeof volume !== "number" || compareUtf8(key, last) <= 0) {
          throw damaged();
        }
        last = key;
        seen.add(digestOfGone({ key, volume }));
        yield { key, volume };
      }
    }
    if (seen.toString() !== expected) throw damaged();
  }

  /** Removes the rows of paths that are gone and lie in volumes before `seq`. */
  forgetGone(seq: number): void {
    const rows = this.#database.prepare(`DELETE FROM entry WHERE gone AND volume < ? RETURNING ${COLUMNS}`)
      .all(seq);
    for (const row of rows.map(rowOf)) {
      if (!row.gone || row.volume >= seq) throw damaged();
      this.#checksum.remove(digestOfRow(row, row.gone));
    }
  }

  /** Changes the key of every row for other declared paths. */
  rekey(declared: readonly string[]): void {
    const keys = new PathKeys(declared);
    const rows = this.rows();
    this.#database.exec("CREATE TABLE other AS SELECT * FROM entry WHERE FALSE");
    const add = this.#database.prepare(`INSERT INTO other (${COLUMNS}) VALUES (?, ?, ?, ?, ?)`);
    for (let row = rows.current; row !== undefined; rows.advance(), row = rows.current) {
      const key = keys.of(pathOfKey(row.key));
      add.run(key, row.signature, row.size, row.volume, row.gone ? 1 : 0);
      this.#replace(row, { ...row, key }, row.gone);
    }
    this.#database.exec(
      "DELETE FROM entry; INSERT INTO entry SELECT * FROM other ORDER BY key; DROP TABLE other",
    );
  }

  #replace(row: Row | undefined, by: SentRow, gone: boolean): void {
    if (row !== undefined) this.#checksum.remove(digestOfRow(row, row.gone));
    this.#checksum.add(digestOfRow(by, gone));
  }
}

/** Returns the digest of a path that is gone, for the checksum of these. */
export function digestOfGone({ key, volume }: { readonly key: string; readonly volume: number }): RowDigest {
  return digestRow([key, volume]);
}
