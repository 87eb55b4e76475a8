import { lstatSync, type Stats } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { isOurs, otherKind } from "./state_file.ts";

/** Version of the schema. A file of another version is replaced by a new one. */
const VERSION = 4;

/** Statements of the schema, exactly as SQLite stores their text. */
const SCHEMA: readonly string[] = [
  // One row: see about.ts.
  "CREATE TABLE header (id INTEGER PRIMARY KEY, about TEXT NOT NULL, digest TEXT NOT NULL) STRICT",
  // Volumes that were sent: see volumes.ts. The index lines are kept, compressed, until a receipt names the volume.
  "CREATE TABLE volume (seq INTEGER PRIMARY KEY, snapshot TEXT NOT NULL, number INTEGER NOT NULL, taken INTEGER, " +
  "receipt TEXT, unclaimed TEXT, entries INTEGER NOT NULL, bytes INTEGER NOT NULL, lines BLOB) STRICT",
  // Newest version that was sent of every path: see path_key.ts, stat_signature.ts and rows.ts.
  "CREATE TABLE entry (key TEXT PRIMARY KEY, signature TEXT NOT NULL, size INTEGER NOT NULL, volume INTEGER NOT NULL, " +
  "gone INTEGER NOT NULL) STRICT, WITHOUT ROWID",
  "CREATE INDEX gone ON entry (key, volume) WHERE gone",
];

/**
 * Error if the file of the catalog is damaged, unreadable or cannot be written. To recover, everything is
 * sent again.
 */
export class CatalogTrouble extends Error {
  override readonly name = "CatalogTrouble";
}

/** Value of a column. */
export type Value = string | number | null | Uint8Array;

/** Prepared statement whose rows are lists of values. */
export interface Statement {
  all(...values: Value[]): Value[][];
  run(...values: Value[]): void;
}

/**
 * File of a catalog. It has one user, who holds the host's lock. After a crash it has the state at the end of
 * the last transaction or of an earlier one: WAL without a sync at each commit guarantees this
 * (sqlite.org/wal.html).
 */
export class Database implements Disposable {
  readonly #sqlite: DatabaseSync;
  /** Prepared statements by their text: preparing takes longer than running most of them. */
  readonly #statements = new Map<string, Statement>();

  private constructor(sqlite: DatabaseSync) {
    this.#sqlite = sqlite;
  }

  /**
   * Opens the file.
   *
   * @returns undefined if there is none.
   * @throws {CatalogTrouble} if it cannot be used, with the reason.
   */
  static open(file: string): Database | undefined {
    return guarded(() => {
      if (lookAt(file) === undefined) return undefined;
      checkFiles(file);
      const database = new Database(connect(file));
      try {
        database.#check();
        return database;
      } catch (error) {
        database[Symbol.dispose]();
        throw error;
      }
    });
  }

  /**
   * Creates a new file, which replaces an existing one.
   *
   * @throws {CatalogTrouble} if it cannot be created.
   */
  static create(file: string): Database {
    return guarded(() => {
      removeDatabase(file);
      Deno.openSync(file, { write: true, createNew: true, mode: 0o600 }).close();
      const database = new Database(connect(file));
      for (const statement of SCHEMA) database.exec(statement);
      database.exec(`PRAGMA user_version = ${VERSION}`);
      return database;
    });
  }

  exec(sql: string): void {
    guarded(() => this.#sqlite.exec(sql));
  }

  prepare(sql: string): Statement {
    const known = this.#statements.get(sql) ?? this.#made(sql);
    this.#statements.set(sql, known);
    return known;
  }

  #made(sql: string): Statement {
    return guarded(() => {
      const statement = this.#sqlite.prepare(sql);
      // The types of Deno 2.9.6 lack this method of node:sqlite.
      (statement as unknown as { setReturnArrays(on: boolean): void }).setReturnArrays(true);
      return {
        all: (...values) => guarded(() => statement.all(...values) as unknown as Value[][]),
        run: (...values) => void guarded(() => statement.run(...values)),
      };
    });
  }

  /** Commits the current transaction and begins the next one. */
  commit(): void {
    this.exec("COMMIT; BEGIN");
  }

  [Symbol.dispose](): void {
    try {
      this.#sqlite.close();
    } catch {
      // committed data are durable already
    }
  }

  #check(): void {
    const [[version]] = this.prepare("PRAGMA user_version").all() as [[number]];
    if (version > VERSION) throw new CatalogTrouble("a newer nightdrop wrote it");
    if (version < VERSION) {
      throw new CatalogTrouble("it is incomplete, or from an older version of nightdrop");
    }
    const schema = this.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").all().flat();
    const isWhole = schema.length === SCHEMA.length && SCHEMA.every((sql) => schema.includes(sql));
    if (!isWhole) throw new CatalogTrouble("its tables are damaged");
  }
}

/** Suffixes of the files that belong to a database. */
const PARTS: readonly string[] = ["", "-wal", "-shm", "-journal"];

/** Maximum size in bytes of a file that is opened. A catalog of 100,000 entries has 15 MB. */
const MAX_BYTES = 64 * 2 ** 30;

/**
 * Checks the files before SQLite opens them, which would block on a named pipe.
 *
 * @throws {CatalogTrouble} if one of them is not a regular file, or too large.
 */
function checkFiles(file: string): void {
  for (const part of PARTS) {
    const status = lookAt(file + part);
    if (status === undefined) continue;
    const what = part === "" ? "it" : `"${file}${part}"`;
    const kind = otherKind(status);
    if (kind !== undefined) throw new CatalogTrouble(`${what} is ${kind} and not a file`);
    if (status.size > MAX_BYTES) throw new CatalogTrouble(`${what} has ${status.size} bytes`);
    if ((status.mode & 0o077) !== 0) {
      throw new CatalogTrouble(`others could read ${what}, and perhaps write it`);
    }
    if (!isOurs(file + part, status)) throw new CatalogTrouble(`${what} belongs to user ${status.uid}`);
  }
}

/** Removes the file of a catalog and the files that belong to it. */
export function removeDatabase(file: string): void {
  for (const part of PARTS) {
    if (lookAt(file + part) !== undefined) Deno.removeSync(file + part, { recursive: true });
  }
}

/** Copies the file of a catalog with its journal. No program may write to it at the same time. */
export function copyDatabase(file: string, copy: string): void {
  removeDatabase(copy);
  checkFiles(file);
  for (const part of PARTS) {
    if (lookAt(file + part) !== undefined) Deno.copyFileSync(file + part, copy + part);
  }
}

function connect(file: string): DatabaseSync {
  const sqlite = new DatabaseSync(file);
  try {
    // With exclusive locking, no shared memory is needed: sqlite.org/wal.html, "Use of WAL Without Shared-Memory".
    sqlite.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    sqlite.exec("PRAGMA cache_size = -500"); // KiB: rows are read and written in order, once
    return sqlite;
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

function lookAt(file: string): Stats | undefined {
  return lstatSync(file, { throwIfNoEntry: false });
}

/**
 * Runs `act`, and converts any error of the file, of SQLite or of decoding into a {@link CatalogTrouble}.
 */
export function guarded<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof CatalogTrouble) throw error;
    throw new CatalogTrouble(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
