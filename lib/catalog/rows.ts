import type { Database, Statement } from "./database.ts";

/** A path as the catalog knows it. */
export interface Row {
  readonly key: string;
  readonly likeness: string;
  /** Of the volume that holds it. */
  readonly volume: number;
  /** Whether the last walk did not meet it. */
  readonly gone: boolean;
}

/** Rows read at a time: a call for each would take four times as long. */
const PAGE = 2000;

/**
 * All rows in the order of their keys, looked at one by one. A page is read when the one before it is through, so rows
 * behind the one that is looked at can be written meanwhile.
 */
export class Rows {
  readonly #next: Statement;
  #page: Row[] = [];
  #at = 0;
  #ended = false;

  constructor(database: Database) {
    this.#next = database.prepare(
      `SELECT key, likeness, volume, gone FROM entry WHERE key > ? ORDER BY key LIMIT ${PAGE}`,
    );
  }

  /** The row that is next; undefined behind the last. */
  get current(): Row | undefined {
    if (this.#at === this.#page.length && !this.#ended) this.#read();
    return this.#page[this.#at];
  }

  /** Goes on to the row behind the current one. */
  advance(): void {
    this.#at += 1;
  }

  #read(): void {
    const last = this.#page.at(-1)?.key ?? "";
    this.#page = this.#next.all(last).map(([key, likeness, volume, gone]) => ({
      key: key as string,
      likeness: likeness as string,
      volume: volume as number,
      gone: gone === 1,
    }));
    this.#at = 0;
    this.#ended = this.#page.length < PAGE;
  }
}
