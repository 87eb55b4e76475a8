import type { Entry } from "./entry.ts";
import { type Pack, Packer, unpacked } from "./pack.ts";

/** Entries of one pack. To read one of them, all texts of its pack are decoded. */
const AT_A_TIME = 4096;

/** Ordered collection of any number of entries. Each takes about 150 bytes. */
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
