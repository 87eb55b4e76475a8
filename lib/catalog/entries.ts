import type { Database, Statement } from "./database.ts";
import { PathKeys, pathOfKey } from "./path_key.ts";
import { compareUtf8 } from "../model/utf8_order.ts";
import { COLUMNS, damaged, digestOfRow, type Row, rowOf, Rows } from "./rows.ts";
import { digestRow, RowChecksum, type RowDigest } from "./row_checksum.ts";

/** The newest that was sent under every path: the catalog's table of entries. Whatever is written is counted in its tally. */
export class Entries {
  readonly #database: Database;
  readonly #tally: RowChecksum;
  readonly #mark: Statement;
  readonly #keep: Statement;
  readonly #find: Statement;

  /** @param tally of all rows, as it was when they were written. */
  constructor(database: Database, tally: string) {
    this.#database = database;
    this.#tally = new RowChecksum(tally);
    this.#mark = database.prepare("UPDATE entry SET gone = ? WHERE key = ?");
    this.#keep = database.prepare(`INSERT OR REPLACE INTO entry (${COLUMNS}) VALUES (?, ?, ?, ?, 0)`);
    this.#find = database.prepare(`SELECT ${COLUMNS} FROM entry WHERE key = ?`);
  }

  /** Checksum of all rows. */
  get tally(): string {
    return this.#tally.toString();
  }

  /** All rows as they are now. */
  rows(): Rows {
    return new Rows(this.#database, this.tally);
  }

  /** The row of a key, where there is one. */
  find(key: string): Row | undefined {
    const [row] = this.#find.all(key);
    return row && rowOf(row);
  }

  /** Says whether the walk has met what a row stands for. */
  mark(row: Row, gone: boolean): void {
    this.#mark.run(gone ? 1 : 0, row.key);
    this.#replace(row, { ...row, gone });
  }

  /** Keeps what was sent under a path, of which `known` is the row so far. */
  keep(row: Omit<Row, "gone">, known: Row | undefined): void {
    this.#keep.run(row.key, row.likeness, row.size, row.volume);
    this.#replace(known, { ...row, gone: false });
  }

  /**
   * The keys that are gone, each with its volume, in their order.
   *
   * @param expected the tally of all of them, by {@link digestOfGone}: they come from an index of their own.
   * @throws {CatalogTrouble} when they are in another order, or at the end not those.
   */
  *gone(expected: string): Generator<{ readonly key: string; readonly volume: number }> {
    const page = this.#database.prepare(
      "SELECT key, volume FROM entry WHERE gone AND key > ? ORDER BY key LIMIT 2000",
    );
    const seen = new RowChecksum();
    let last = "";
    for (let rows = page.all(last); rows.length > 0; rows = page.all(last)) {
      for (const [key, volume] of rows) {
        // A damaged index can give keys in another order, and the next page would be one that was there before.
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

  /** Forgets the paths that are gone and lie in volumes before `seq`. */
  forgetGone(seq: number): void {
    const rows = this.#database.prepare(`DELETE FROM entry WHERE gone AND volume < ? RETURNING ${COLUMNS}`)
      .all(seq);
    for (const row of rows.map(rowOf)) {
      if (!row.gone || row.volume >= seq) throw damaged();
      this.#tally.remove(digestOfRow(row));
    }
  }

  /** Changes the key of every row to the one that its path has with other declared paths. */
  rekey(declared: readonly string[]): void {
    const keys = new PathKeys(declared);
    const rows = this.rows();
    this.#database.exec("CREATE TABLE other AS SELECT * FROM entry WHERE FALSE");
    const add = this.#database.prepare(`INSERT INTO other (${COLUMNS}) VALUES (?, ?, ?, ?, ?)`);
    for (let row = rows.current; row !== undefined; rows.advance(), row = rows.current) {
      const key = keys.of(pathOfKey(row.key));
      add.run(key, row.likeness, row.size, row.volume, row.gone ? 1 : 0);
      this.#replace(row, { ...row, key });
    }
    this.#database.exec(
      "DELETE FROM entry; INSERT INTO entry SELECT * FROM other ORDER BY key; DROP TABLE other",
    );
  }

  #replace(row: Row | undefined, by: Row): void {
    if (row !== undefined) this.#tally.remove(digestOfRow(row));
    this.#tally.add(digestOfRow(by));
  }
}

/** What a path that is gone adds to the tally of those. */
export function digestOfGone({ key, volume }: { readonly key: string; readonly volume: number }): RowDigest {
  return digestRow([key, volume]);
}
