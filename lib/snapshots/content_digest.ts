import { createHash } from "node:crypto";
import { Damage } from "../model/failure.ts";

/** SHA-256 of the content of one file, for comparison with the one that the index lists. */
export class ContentDigest {
  readonly #listed: string;
  readonly #hash = createHash("sha256");

  constructor(listed: string) {
    this.#listed = listed;
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /**
   * Compares the two. Call it when all content was added.
   *
   * @throws {Damage} if the content differs from the content that the host read.
   */
  check(): void {
    const found = this.#hash.digest("hex");
    if (found === this.#listed) return;
    throw new Damage(`its content has the SHA-256 ${found}, and the index lists ${this.#listed}`);
  }
}
