import { createHash } from "node:crypto";
import type { Entry } from "../model/entry.ts";
import type { Content } from "../source/read.ts";

/** Content whose SHA-256 is computed while it is read: of all bytes that are archived, zeros of holes included. */
export class HashedContent implements Content {
  readonly allocated: number;
  readonly #content: Content;
  readonly #hash = createHash("sha256");
  #entry: Entry;

  constructor(content: Content) {
    this.#content = content;
    this.#entry = content.entry;
    this.allocated = content.allocated;
  }

  /** Entry as it is archived; after `close`, with its SHA-256. */
  get entry(): Entry {
    return this.#entry;
  }

  read(into: Uint8Array): number {
    const count = this.#content.read(into);
    this.#hash.update(count === into.length ? into : into.subarray(0, count));
    return count;
  }

  close(): void {
    this.#content.close();
    this.#entry = { ...this.#entry, sha256: this.#hash.digest("hex") };
  }
}
