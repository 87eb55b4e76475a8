import * as v from "schema";
import { Failure } from "../model/failure.ts";
import { isSha256 } from "../model/digest.ts";
import { MAX_ATTEMPTED, type ReceiptLink } from "../model/receipt.ts";
import { snapshotTime } from "../model/snapshot.ts";
import { writeDurably } from "./durable.ts";

/** What the host remembers of its receipts. */
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

const chain = v.strictObject({
  last: v.nullable(link),
  attempted: v.pipe(v.array(link), v.maxLength(MAX_ATTEMPTED)),
});

/**
 * Reads the chain; a host without one begins a new chain.
 *
 * @throws {Failure} when the file cannot be understood. Starting over silently would look like a replaced host.
 */
export function readChain(file: string): Chain {
  let text: string;
  try {
    text = Deno.readTextFileSync(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { last: null, attempted: [] };
    throw error;
  }
  try {
    return v.parse(chain, JSON.parse(text));
  } catch (error) {
    throw new Failure(`Cannot understand the host's memory of its receipts in "${file}"`, {
      hint: "Remove the file: the chain of receipts then begins anew, and verify says so",
      cause: error,
    });
  }
}

/** Remembers, before a receipt is sent, that it may arrive. */
export function attempt(file: string, chain: Chain, link: ReceiptLink): void {
  const attempted = [...chain.attempted, link].slice(-MAX_ATTEMPTED);
  save(file, { last: chain.last, attempted });
}

/** Remembers that a receipt is stored. */
export function confirm(file: string, link: ReceiptLink): void {
  save(file, { last: link, attempted: [] });
}

function save(file: string, chain: Chain): void {
  writeDurably(file, JSON.stringify(chain, null, 1) + "\n", 0o600);
}
