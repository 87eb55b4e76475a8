import type { Entry } from "./entry.ts";
import { type Pack, Packer, unpacked } from "./pack.ts";

/** Entries of a pack: to take one out of it is to have all its texts as a string. */
const AT_A_TIME = 4096;

/** Entries that are kept for later, in order, however many: each takes 150 bytes or so. */
export class Packs {
  readonly #packs: Pack[] = [];
  #last = new Packer();

  add(entry: Entry): void {
    this.#last.add(entry);
    if (this.#last.count === AT_A_TIME) this.#end();
  }

  *[Symbol.iterator](): Generator<Entry> {
    this.#end();
    for (const pack of this.#packs) yield* unpacked(pack);
  }

  #end(): void {
    this.#packs.push(this.#last.packed());
    this.#last = new Packer();
  }
}
