import type { TreeSummary } from "../catalog/scan.ts";
import type { Sending, SentVolume } from "./snapshot_writer.ts";
import type { SourceEntry } from "../source/walk.ts";

/** Changes of a tree: what a run sends, and what its receipt records about the rest. */
export interface ChangeSet extends Omit<Sending, "entries"> {
  /**
   * Yields the entries of a walk that must be sent, as the walk proceeds, and calls `keep` with each other
   * entry. Undefined is no entry, but an opportunity to pause.
   */
  changes(
    walk: Iterable<SourceEntry | undefined>,
    keep?: (entry: SourceEntry) => void,
  ): Iterable<SourceEntry | undefined>;
  /** See {@link Sending}. */
  isUnchanged(entry: SourceEntry): boolean;
  /**
   * Returns the summary of the tree for the receipt, without its dumps. Call it when all `own` volumes are
   * stored and all lines of `rest` were taken.
   */
  summary(own: number): TreeSummary;
}

/** Change set of a full backup: everything is sent, nothing is built on. */
export class Everything implements ChangeSet {
  #entries = 0;
  #bytes = 0;

  changes(walk: Iterable<SourceEntry | undefined>): IteratorObject<SourceEntry | undefined> {
    return Iterator.from(walk);
  }

  isUnchanged(): boolean {
    return false;
  }

  stored({ entries, members }: SentVolume): void {
    this.#entries += entries;
    for (const { archived } of members) this.#bytes += archived.size;
  }

  rest(): Iterable<string> {
    return [];
  }

  summary(): TreeSummary {
    return { entries: this.#entries, bytes: this.#bytes, gone: 0, adopted: [], needs: [] };
  }
}
