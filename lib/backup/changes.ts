import type { Standing } from "../catalog/pass.ts";
import type { Sending, StoredVolume } from "./snapshot_writer.ts";
import type { SourceEntry } from "../source/walk.ts";

/** A run's way over the tree: what it sends, and what its receipt says of the rest. */
export interface Journey extends Omit<Sending, "entries"> {
  /** Of the entries of a walk those to be sent, as it is taken. */
  changes(walk: Iterable<SourceEntry>): Iterable<SourceEntry>;
  /** What the receipt says of the tree without its dumps; to be asked when each of its `own` volumes is stored. */
  standing(own: number): Standing;
}

/** Sends everything, and builds upon nothing. */
export class Everything implements Journey {
  #entries = 0;
  #bytes = 0;

  changes(walk: Iterable<SourceEntry>): Iterable<SourceEntry> {
    return walk;
  }

  stored({ entries, members }: StoredVolume): void {
    this.#entries += entries;
    for (const { archived } of members) this.#bytes += archived.size;
  }

  rest(): Iterable<string> {
    return [];
  }

  standing(): Standing {
    return { entries: this.#entries, bytes: this.#bytes, gone: 0, adopted: [], needs: [] };
  }
}
