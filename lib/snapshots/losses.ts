import type { Entry } from "../model/entry.ts";
import type { Failure } from "../model/failure.ts";
import { StoreError } from "../store/contract.ts";

/**
 * Maximum number of bad entries, after which reading stops: a hostile host can list millions of them in a few
 * kilobytes.
 */
const MAX_LOSSES = 100_000;

/** Part of a tree that cannot be restored. */
export interface Lost {
  /** Lost entry; undefined if there are several, or if it is unknown. */
  readonly entry: Pick<Entry, "path" | "type"> | undefined;
  /** Reason in words. */
  readonly reason: string;
  /** Whether it may be undamaged: the store does not return an object that it needs. */
  readonly unreadable: boolean;
}

/** Counts and reports the parts of a tree that cannot be restored. */
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

  /** Whether no more entries are read. */
  get isEnd(): boolean {
    return this.#isEnd;
  }

  /** First loss of an unknown number of entries; undefined if there is none. */
  get unknown(): Failure | undefined {
    return this.#unknown;
  }

  /** Whether the store did not return a layer, so that entries that need it may be undamaged. */
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
