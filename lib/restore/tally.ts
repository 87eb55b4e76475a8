import type { Run } from "../app/events.ts";
import type { LostEntry } from "../extract/lost.ts";
import { renamedTo } from "../extract/lost.ts";
import { PathTable } from "../model/path_table.ts";
import { SomeLosses } from "../snapshots/some_losses.ts";
import type { Lost } from "../snapshots/tree_scan.ts";

/** Result of a restore. */
export interface RestoreResult {
  /** Number of entries that were created. */
  readonly entries: number;
  /** Size of the file content in bytes. */
  readonly bytes: number;
  /** Number of entries that were not restored, or not as they were. Each was reported. */
  readonly lost: number;
  /** Number of these that may be undamaged: the store does not return an object that they need. */
  readonly unreadable: number;
  /** Properties that could not be restored (owners without root, devices), in words. */
  readonly notes: readonly string[];
  /** Globs that select nothing. */
  readonly unmatched: readonly string[];
}

/**
 * Kind of a loss: the entry is damaged, the store does not return an object that it needs, or the target
 * could not store it as it was.
 */
export type LossKind = "damaged" | "unreadable" | "altered";

/** Called with each entry that was not restored as it was, in addition to its report. */
export type OnLoss = (path: string, reason: string, kind: LossKind) => void;

/** Result for the selected entries. */
export type Restored = Omit<RestoreResult, "unmatched">;

/** Reasons why an entry was not created. */
const MISSING = { BAD: 1, UNREADABLE: 2 } as const;

/** Maximum number of bad entries of the indexes that are named. */
const MAX_NAMED = 1000;

/** Counts the results of a restore, and reports its losses. Many fields because there are several counts. */
export class Tally {
  readonly #run: Run;
  readonly #onLoss: OnLoss;
  /** Entries that were not created, so nothing can be linked to them. */
  readonly #missing = new PathTable();
  readonly #unlisted: SomeLosses;
  #entries = 0;
  #bytes = 0;
  #lost = 0;
  #unreadable = 0;
  /** Number of bytes that were read so far, including those of incomplete volumes. */
  #read = 0;

  constructor(run: Run, onLoss: OnLoss = () => {}) {
    this.#run = run;
    this.#onLoss = onLoss;
    this.#unlisted = new SomeLosses(MAX_NAMED, this.#reportUnlisted);
  }

  /** Counts entries that were created. */
  made(entries: number, bytes = 0): void {
    this.#entries += entries;
    this.#bytes += bytes;
  }

  /** Counts bytes that were read, and reports the progress. */
  readonly read = ({ bytes }: { readonly bytes: number }): void => {
    this.#read += bytes;
    this.#run.report({ event: "progress", entries: this.#entries, bytes: this.#read });
  };

  /** Reports an entry that was not created. */
  lose(path: string, reason: string, unreadable = false): void {
    this.#missing.set(path, unreadable ? MISSING.UNREADABLE : MISSING.BAD);
    if (unreadable) this.#unreadable += 1;
    this.#lose(path, reason, unreadable ? "unreadable" : "damaged");
  }

  /** Reports an entry that was not restored as it was. */
  alter(path: string, reason: string): void {
    this.#lose(path, reason, "altered");
  }

  #lose(path: string, reason: string, kind: LossKind): void {
    this.#lost += 1;
    this.#onLoss(path, reason, kind);
    this.#run.report({ event: "trouble", kind: "unread", path, reason });
  }

  /** Reports an entry whose name is taken in the target, with the path that it got. */
  renamed(path: string, staged: string): void {
    this.alter(path, renamedTo(staged));
  }

  /** Reports an entry that was created, but could not be moved into the target. */
  left({ path, size, reason }: LostEntry): void {
    this.made(-1, -size);
    this.alter(path, reason);
  }

  /** Whether an entry was not made. */
  isMissing(path: string): boolean {
    return this.#missing.get(path) !== 0;
  }

  /** Whether an entry was not created because the store does not return an object that it needs. */
  isUnreadable(path: string): boolean {
    return this.#missing.get(path) === MISSING.UNREADABLE;
  }

  /** Counts entries that cannot be restored according to the indexes, and reports the first of them. */
  readonly unlisted = (lost: Lost): void => {
    this.#lost += 1;
    if (lost.unreadable) this.#unreadable += 1;
    this.#unlisted.add(lost);
  };

  /** Reports the number of those that were not named. */
  endUnlisted(): void {
    this.#unlisted.end();
  }

  /** Reports such an entry. There may be another one with the same path that can be restored. */
  readonly #reportUnlisted = ({ entry, reason }: Lost): void => {
    if (entry === undefined) this.#run.report({ event: "warning", text: `Lost: ${reason}` });
    else this.#run.report({ event: "trouble", kind: "unread", path: entry.path, reason });
  };

  /** Returns the result. */
  result(notes: readonly string[]): Restored {
    return {
      entries: this.#entries,
      bytes: this.#bytes,
      lost: this.#lost,
      unreadable: this.#unreadable,
      notes,
    };
  }
}
