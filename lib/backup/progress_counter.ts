import { sizeInArchive } from "../archive/header.ts";
import type { Run } from "../app/events.ts";
import type { Entry } from "../model/entry.ts";

/** Number of unchanged entries between two reports of progress. */
const KEPT_PER_REPORT = 1000;

/** Counts the entries that a run has processed and their bytes in an archive, and reports the counts. */
export class ProgressCounter {
  readonly #run: Run;
  #entries = 0;
  #bytes = 0;
  #kept = 0;

  constructor(run: Run) {
    this.#run = run;
  }

  /** Counts archived entries. */
  add(entries: number, bytes: number): void {
    this.#entries += entries;
    this.#bytes += bytes;
    this.#report();
  }

  /** Counts an entry that need not be sent. */
  keep(entry: Entry): void {
    this.#entries += 1;
    this.#bytes += sizeInArchive(entry);
    if (++this.#kept % KEPT_PER_REPORT === 0) this.#report();
  }

  #report(): void {
    this.#run.report({ event: "progress", entries: this.#entries, bytes: this.#bytes });
  }
}
