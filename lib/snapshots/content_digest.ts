import { createHash } from "node:crypto";
import { Damage } from "../model/failure.ts";

/** SHA-256 of the content of one file, to be compared with the one that the index lists. */
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
   * Compares, when all content has come.
   *
   * @throws {Damage} if the content is other than what the host read.
   */
  check(): void {
    const found = this.#hash.digest("hex");
    if (found === this.#listed) return;
    throw new Damage(`its content has the SHA-256 ${found}, and the index lists ${this.#listed}`);
  }
}
