import type { Entry } from "./entry.ts";
import { decodeIndexLine, encodeIndexLine } from "./index.ts";
import { TextBytes } from "./text_bytes.ts";

/** Bytes of lines that are decoded at a time, roughly. */
const BLOCK = 1024 * 1024;

/** Entries that are kept for later, in order: as lines of an index, which are a hundred bytes or so each. */
export class EntryLines {
  readonly #blocks: Uint8Array[] = [];
  #last = new TextBytes();

  add(entry: Entry): void {
    this.#last.add(encodeIndexLine(1, entry));
    if (this.#last.length >= BLOCK) this.#end();
  }

  *[Symbol.iterator](): Generator<Entry> {
    this.#end();
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    for (const block of this.#blocks) {
      for (const line of decoder.decode(block).split("\n").slice(0, -1)) {
        const decoded = decodeIndexLine(line);
        if (decoded.gone === undefined) yield decoded.entry;
      }
    }
  }

  #end(): void {
    this.#blocks.push(this.#last.take());
    this.#last = new TextBytes();
  }
}
