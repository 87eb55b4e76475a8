import { DatabaseSync, type StatementSync } from "node:sqlite";
import { removeDatabase } from "./database.ts";

/**
 * Map of strings in a file, limited only by the disk. The file is created with the first string, belongs to
 * one run, and is removed at its end. A file that a killed run left is replaced.
 */
export class SpillFile implements Disposable {
  readonly #file: string;
  #opened: Opened | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  get(key: string): string | undefined {
    const row = this.#opened?.get.get(key) as { value: string } | undefined;
    return row?.value;
  }

  set(key: string, value: string): void {
    this.#opened ??= open(this.#file);
    this.#opened.set.run(key, value);
  }

  delete(key: string): void {
    this.#opened?.delete.run(key);
  }

  [Symbol.dispose](): void {
    this.#opened?.sqlite.close();
    if (this.#opened !== undefined) removeDatabase(this.#file);
    this.#opened = undefined;
  }
}

interface Opened {
  readonly sqlite: DatabaseSync;
  readonly get: StatementSync;
  readonly set: StatementSync;
  readonly delete: StatementSync;
}

/**
 * Opens the file. Nothing in it must be durable: there is no journal, and one transaction that never ends.
 */
function open(file: string): Opened {
  removeDatabase(file);
  Deno.openSync(file, { write: true, createNew: true, mode: 0o600 }).close();
  const sqlite = new DatabaseSync(file);
  sqlite.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
  sqlite.exec(
    "CREATE TABLE spilled (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID; BEGIN",
  );
  return {
    sqlite,
    get: sqlite.prepare("SELECT value FROM spilled WHERE key = ?"),
    set: sqlite.prepare("INSERT OR REPLACE INTO spilled VALUES (?, ?)"),
    delete: sqlite.prepare("DELETE FROM spilled WHERE key = ?"),
  };
}
