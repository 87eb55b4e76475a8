import type { Entry } from "../model/entry.ts";
import type { Failure } from "../model/failure.ts";
import { StoreError } from "../store/contract.ts";

/** Limit of bad entries, after which nothing more is read: a hostile host can list millions of them in a few kilobytes. */
const MAX_LOSSES = 100_000;

/** Something of a tree that cannot be restored. */
export interface Lost {
  /** The entry; undefined if it is more than one, or if it is not known which. */
  readonly entry: Pick<Entry, "path" | "type"> | undefined;
  /** The reason, in words. */
  readonly reason: string;
  /** Whether it may be good: the store does not return what it depends on. */
  readonly unreadable: boolean;
}

/** Counts and reports what of a tree cannot be restored. */
export class Losses {
  readonly #report: (lost: Lost) => void;
  #count = 0;
  #isEnd = false;
  #unknown: Failure | undefined;
  #isUnreadable = false;

  constructor(report: (lost: Lost) => void) {
    this.#report = report;
  }

  get count(): number {
    return this.#count;
  }

  /** Whether no more entries are looked at. */
  get isEnd(): boolean {
    return this.#isEnd;
  }

  /** The first loss of an unknown number of entries. */
  get unknown(): Failure | undefined {
    return this.#unknown;
  }

  /** Whether the store did not return a layer: what depends on it may be good. */
  get isUnreadable(): boolean {
    return this.#isUnreadable;
  }

  /** Stops the reading of entries. */
  end(): void {
    this.#isEnd = true;
  }

  /** Reports that the rest of a layer is lost. */
  addLayer(error: Failure, reason: string): void {
    this.#unknown ??= error;
    const isUnreadable = error instanceof StoreError;
    this.#isUnreadable ||= isUnreadable;
    this.add(undefined, reason, isUnreadable);
  }

  /** Reports a loss. At the limit it stops the reading of entries. */
  add(entry: Lost["entry"], reason: string, unreadable = false): void {
    this.#count += 1;
    if (this.#count !== MAX_LOSSES) return this.#report({ entry, reason, unreadable });
    this.end();
    const text = `More than ${MAX_LOSSES - 1} entries are bad: no others are looked at`;
    this.#report({ entry: undefined, reason: text, unreadable });
  }
}
