import * as v from "valibot";
import { Failure } from "../model/failure.ts";
import { isSha256, sha256 } from "../model/digest.ts";
import { MAX_ATTEMPTED, type ReceiptLink } from "../model/receipt.ts";
import { shellWord } from "../model/shell.ts";
import { snapshotTime } from "../model/snapshot.ts";
import { ReservedFile, writeDurably } from "./durable.ts";
import { readStateFile } from "./state_file.ts";

/** Receipts that the host remembers. */
export interface Chain {
  /** Last receipt that is known to be stored. */
  readonly last: ReceiptLink | null;
  /** Receipts that were sent since then without an answer. */
  readonly attempted: readonly ReceiptLink[];
}

const link = v.strictObject({
  snapshot: v.pipe(v.string(), v.check((id) => snapshotTime(id) !== undefined)),
  commitment: v.pipe(v.string(), v.check(isSha256)),
});

const stored = v.strictObject({
  check: v.optional(v.string()),
  last: v.nullable(link),
  attempted: v.pipe(v.array(link), v.maxLength(MAX_ATTEMPTED)),
});

/** Maximum size of the file of a chain in bytes. */
const MAX_BYTES = 64 * 1024;

const REMEDY =
  "Remove the file. The next backup then sends everything and begins a new chain, which `nightdrop verify` reports";

/**
 * Reads the chain. A host without one begins a new chain.
 *
 * @throws {Failure} if the file cannot be used. Starting a new chain silently would look like a replaced
 *   host.
 */
export function readChain(file: string): Chain {
  const remedy = `${REMEDY}: \`rm -rf ${shellWord(file)}\``;
  const text = readStateFile(file, { maxBytes: MAX_BYTES, remedy });
  if (text === undefined) return { last: null, attempted: [] };
  try {
    const { check, last, attempted } = v.parse(stored, JSON.parse(text));
    const chain = { last, attempted };
    // The first versions wrote no digest. Damage cannot remove a digest and leave the form valid.
    if (check === undefined || check === digestOf(chain)) return chain;
  } catch {
    // malformed
  }
  throw new Failure(`Cannot use "${file}": it is damaged, so the host's receipts are not known`, {
    hint: remedy,
  });
}

/** File of a chain during a run. The space for its next version is reserved at the beginning. */
export class ChainFile implements Disposable {
  readonly #file: string;
  readonly #chain: Chain;
  readonly #next: ReservedFile;

  /**
   * Reserves the space.
   *
   * @throws {Failure} if the file cannot be written.
   */
  constructor(file: string, chain: Chain) {
    this.#file = file;
    this.#chain = chain;
    this.#next = new ReservedFile(file, textOf(withAttempt(chain, ANY_LINK)).length);
  }

  /** Records a receipt before it is sent, because it may arrive without an answer. */
  attempt(link: ReceiptLink): void {
    this.#next.write(textOf(withAttempt(this.#chain, link)));
  }

  /** Records that a receipt is stored. */
  confirm(link: ReceiptLink): void {
    writeDurably(this.#file, textOf({ last: link, attempted: [] }));
  }

  /** Releases the reserved space, if it was not used. */
  [Symbol.dispose](): void {
    this.#next[Symbol.dispose]();
  }
}

/** Link for computing sizes: all links take the same space. */
const ANY_LINK: ReceiptLink = { snapshot: "20260101T000000Z-0123456789abcdef", commitment: "0".repeat(64) };

function withAttempt({ last, attempted }: Chain, link: ReceiptLink): Chain {
  return { last, attempted: [...attempted, link].slice(-MAX_ATTEMPTED) };
}

function textOf(chain: Chain): string {
  return JSON.stringify({ check: digestOf(chain), ...chain }, null, 1) + "\n";
}

/** Returns a digest of the chain, which detects damage that leaves the form valid. */
function digestOf({ last, attempted }: Chain): string {
  const links = [last, ...attempted].map((link) => link && [link.snapshot, link.commitment]);
  return sha256(new TextEncoder().encode(JSON.stringify(links)));
}
