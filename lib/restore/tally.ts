import type { Run } from "../app/events.ts";
import type { LostEntry } from "../extract/lost.ts";
import { renamedTo } from "../extract/stage.ts";
import { PathTable } from "../model/path_table.ts";
import { SomeLosses } from "../snapshots/some_losses.ts";
import type { Lost } from "../snapshots/tree_scan.ts";

/** What a restore has done. */
export interface RestoreResult {
  /** Entries that were made. */
  readonly entries: number;
  /** Bytes of file content. */
  readonly bytes: number;
  /** Entries that were not restored, or not as what they are. Each was reported. */
  readonly lost: number;
  /** Those of them that may be good: the store does not give an object that they depend on. */
  readonly unreadable: number;
  /** What could not be kept (owners without root, devices), in words. */
  readonly notes: readonly string[];
  /** Globs that select nothing. */
  readonly unmatched: readonly string[];
}

/**
 * How an entry was not restored as it was: it is damaged, the store does not give what it depends on, or the target could
 * not hold it as what it is.
 */
export type LossKind = "damaged" | "unreadable" | "altered";

/** Called with each entry that was not restored as it was, beside its report. */
export type OnLoss = (path: string, reason: string, kind: LossKind) => void;

/** What became of the selected entries. */
export type Restored = Omit<RestoreResult, "unmatched">;

/** Why an entry was not made. */
const MISSING = { BAD: 1, UNREADABLE: 2 } as const;

/** Bad entries of the indexes that are named. */
const MAX_NAMED = 1000;

/** Counts what a restore does, and reports what it cannot do. */
export class Tally {
  readonly #run: Run;
  readonly #onLoss: OnLoss;
  /** Entries that were not made, so nothing can be linked to them. */
  readonly #missing = new PathTable();
  readonly #unlisted: SomeLosses;
  #entries = 0;
  #bytes = 0;
  #lost = 0;
  #unreadable = 0;
  /** Bytes that were read so far, also of volumes that are not complete. */
  #read = 0;

  constructor(run: Run, onLoss: OnLoss = () => {}) {
    this.#run = run;
    this.#onLoss = onLoss;
    this.#unlisted = new SomeLosses(MAX_NAMED, this.#reportUnlisted);
  }

  /** Counts entries that were made. */
  made(entries: number, bytes = 0): void {
    this.#entries += entries;
    this.#bytes += bytes;
  }

  /** Counts bytes that were read, and reports how far the restore is. */
  readonly read = ({ bytes }: { readonly bytes: number }): void => {
    this.#read += bytes;
    this.#run.report({ event: "progress", entries: this.#entries, bytes: this.#read });
  };

  /** Reports an entry that was not made. */
  lose(path: string, reason: string, unreadable = false): void {
    this.#missing.set(path, unreadable ? MISSING.UNREADABLE : MISSING.BAD);
    if (unreadable) this.#unreadable += 1;
    this.#lose(path, reason, unreadable ? "unreadable" : "damaged");
  }

  /** Reports an entry that was not restored as what it is. */
  alter(path: string, reason: string): void {
    this.#lose(path, reason, "altered");
  }

  #lose(path: string, reason: string, kind: LossKind): void {
    this.#lost += 1;
    this.#onLoss(path, reason, kind);
    this.#run.report({ event: "trouble", kind: "unread", path, reason });
  }

  /** Reports an entry whose name is taken in the target, with the path that it has there. */
  renamed(path: string, staged: string): void {
    this.alter(path, renamedTo(staged));
  }

  /** Reports an entry that was made, and could not be moved into the target. */
  left({ path, size, reason }: LostEntry): void {
    this.made(-1, -size);
    this.alter(path, reason);
  }

  /** Whether an entry was not made. */
  isMissing(path: string): boolean {
    return this.#missing.get(path) !== 0;
  }

  /** Whether an entry was not made because the store does not give what it depends on. */
  isUnreadable(path: string): boolean {
    return this.#missing.get(path) === MISSING.UNREADABLE;
  }

  /** Counts what the indexes alone show not to be restorable, and reports the first. */
  readonly unlisted = (lost: Lost): void => {
    this.#lost += 1;
    if (lost.unreadable) this.#unreadable += 1;
    this.#unlisted.add(lost);
  };

  /** Reports how many of them were not named. */
  endUnlisted(): void {
    this.#unlisted.end();
  }

  /** At its path there may be something that can be restored. */
  readonly #reportUnlisted = ({ entry, reason }: Lost): void => {
    if (entry === undefined) this.#run.report({ event: "warning", text: `Lost: ${reason}` });
    else this.#run.report({ event: "trouble", kind: "unread", path: entry.path, reason });
  };

  /** Returns all counts. */
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
