import { exposure } from "../../disk/trust.ts";
import { isSha256 } from "../../model/digest.ts";
import type { KnownReceipts } from "../contract.ts";
import { readCacheText, writeCacheText } from "./cache_text.ts";

const FORMAT = "nightdrop-receipts/1";

/** Receipts of a signer that are remembered. */
const MAX_REMEMBERED = 10_000;

const MAX_FILE_BYTES = 1024 ** 2;

/** Receipts of a signer. */
interface Known {
  /** SHA-256 of receipts that were opened. */
  readonly digests: ReadonlySet<string>;
  /** Those that were asked for. */
  readonly used: Set<string>;
  hasNew: boolean;
}

/**
 * Receipts that were opened, in the owner's cache: a file for each signer, with its fingerprint and the SHA-256 of the
 * receipts. To verify a signature and the form of the text takes ten times as long as all else that is done with a receipt.
 *
 * A damaged file is not used, nor is that of another signer or of another version of the program, which may have stricter rules,
 * nor one that another user can change: so a receipt passes only if this user has verified exactly its bytes. The file has no
 * keyed MAC. A process that can write it runs as this user or as root: it could read the key of the MAC too, or change the config
 * with the pins.
 */
export class ReceiptMemory implements KnownReceipts {
  readonly #directory: string;
  readonly #head: string;
  readonly #signers = new Map<string, Known>();

  /**
   * @param directory Directory of the cache, which no other user can write to.
   * @param program Name and version of this program.
   */
  constructor(directory: string, program: string) {
    this.#directory = directory;
    this.#head = `${FORMAT} ${program}`;
  }

  has(signer: string, digest: string): boolean {
    const known = this.#known(signer);
    if (known.digests.has(digest)) known.used.add(digest);
    return known.used.has(digest);
  }

  add(signer: string, digest: string): void {
    const known = this.#known(signer);
    known.used.add(digest);
    known.hasNew = true;
  }

  knows(signer: string): boolean {
    const { digests, used } = this.#known(signer);
    return digests.size + used.size > 0;
  }

  /** Writes what was added. Above the limit, receipts that were not asked for are forgotten first. */
  settle(): void {
    for (const [signer, { digests, used, hasNew }] of this.#signers) {
      if (!hasNew) continue;
      const kept = [...used.union(digests)].slice(0, MAX_REMEMBERED);
      writeCacheText(this.#pathOf(signer), [this.#head, signer, ...kept, ""].join("\n"));
    }
    this.#signers.clear();
  }

  #known(signer: string): Known {
    const known = this.#signers.get(signer) ??
      { digests: this.#read(signer), used: new Set(), hasNew: false };
    this.#signers.set(signer, known);
    return known;
  }

  #read(signer: string): ReadonlySet<string> {
    const path = this.#pathOf(signer);
    const text = exposure(path) === undefined ? readCacheText(path, MAX_FILE_BYTES) : undefined;
    const [format, name, ...digests] = text?.trimEnd().split("\n") ?? [];
    const isOurs = format === this.#head && name === signer && digests.every(isSha256);
    return new Set(isOurs ? digests : []);
  }

  #pathOf(signer: string): string {
    return `${this.#directory}/receipts/${signer.slice(0, 2)}/${signer}`;
  }
}
