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
  /** The last receipt that is known to be stored. */
  readonly last: ReceiptLink | null;
  /** Receipts sent since, of which no answer came. */
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

/** The most that a chain takes in its file. */
const MAX_BYTES = 64 * 1024;

const REMEDY =
  "Remove the file. The next backup then sends everything and begins a new chain, which `verify` reports";

/**
 * Reads the chain; a host without one begins a new chain.
 *
 * @throws {Failure} when the file cannot be used. Starting over silently would look like a replaced host.
 */
export function readChain(file: string): Chain {
  const remedy = `${REMEDY}: \`rm -rf ${shellWord(file)}\``;
  const text = readStateFile(file, { maxBytes: MAX_BYTES, remedy });
  if (text === undefined) return { last: null, attempted: [] };
  try {
    const { check, last, attempted } = v.parse(stored, JSON.parse(text));
    const chain = { last, attempted };
    // The first versions wrote no digest; damage cannot remove one and leave the form as it is.
    if (check === undefined || check === digestOf(chain)) return chain;
  } catch {
    // It is not of the form.
  }
  throw new Failure(`Cannot use "${file}": it is damaged, so the host's receipts are not known`, {
    hint: remedy,
  });
}

/**
 * The file of a chain while a run is under way: the space for its next version is taken at the beginning.
 */
export class ChainFile implements Disposable {
  readonly #file: string;
  readonly #chain: Chain;
  readonly #next: ReservedFile;

  /** @throws {Failure} when the file cannot be written. */
  constructor(file: string, chain: Chain) {
    this.#file = file;
    this.#chain = chain;
    this.#next = new ReservedFile(file, textOf(withAttempt(chain, ANY_LINK)).length);
  }

  /** Remembers, before a receipt is sent, that it may arrive. */
  attempt(link: ReceiptLink): void {
    this.#next.write(textOf(withAttempt(this.#chain, link)));
  }

  /** Remembers that a receipt is stored. */
  confirm(link: ReceiptLink): void {
    writeDurably(this.#file, textOf({ last: link, attempted: [] }));
  }

  /** Releases the space that was not used. */
  [Symbol.dispose](): void {
    this.#next[Symbol.dispose]();
  }
}

/** All links take the same space. */
const ANY_LINK: ReceiptLink = { snapshot: "20260101T000000Z-0123456789abcdef", commitment: "0".repeat(64) };

function withAttempt({ last, attempted }: Chain, link: ReceiptLink): Chain {
  return { last, attempted: [...attempted, link].slice(-MAX_ATTEMPTED) };
}

function textOf(chain: Chain): string {
  return JSON.stringify({ check: digestOf(chain), ...chain }, null, 1) + "\n";
}

/** Shows damage that leaves the form as it is. */
function digestOf({ last, attempted }: Chain): string {
  const links = [last, ...attempted].map((link) => link && [link.snapshot, link.commitment]);
  return sha256(new TextEncoder().encode(JSON.stringify(links)));
}
