import type { TreeSummary } from "../catalog/scan.ts";
import type { Sending, SentVolume } from "./snapshot_writer.ts";
import type { SourceEntry } from "../source/walk.ts";

/** A run's way over the tree: what it sends, and what its receipt says of the rest. */
export interface ChangeSet extends Omit<Sending, "entries"> {
  /**
   * Of the entries of a walk those to be sent, as it is taken. Undefined stands for nothing, after many of which none is
   * sent: it is a chance to pause.
   */
  changes(walk: Iterable<SourceEntry>): Iterable<SourceEntry | undefined>;
  /** See {@link Sending}. */
  isUnchanged(entry: SourceEntry): boolean;
  /** What the receipt says of the tree without its dumps; to be asked when each of its `own` volumes is stored. */
  summary(own: number): TreeSummary;
}

/** Sends everything, and builds upon nothing. */
export class Everything implements ChangeSet {
  #entries = 0;
  #bytes = 0;

  changes(walk: Iterable<SourceEntry>): IteratorObject<SourceEntry> {
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
