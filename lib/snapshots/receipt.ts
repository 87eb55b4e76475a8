import { Buffer } from "node:buffer";
import type { Host } from "../config/types.ts";
import { sha256 } from "../model/digest.ts";
import { Damage, reason } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import type { Receipt } from "../model/receipt.ts";
import { claimedSigner } from "../model/receipt_head.ts";
import { decodeReceipt } from "../model/receipt_text.ts";
import { release } from "../buffers/release.ts";
import { signedText, verifySigned } from "../seal/signer.ts";
import type { KnownReceipts } from "../store/contract.ts";

/** Keys that may sign receipts of a host; any key if none is pinned. */
export interface Pinning extends Pick<Host, "name" | "signers"> {
  /** Whether a trusted receipt names this one by its commitment, so that any key may have signed it. */
  readonly isNeeded?: boolean;
}

/**
 * Verifies and parses a receipt from its bytes, whose size and SHA-256 were checked. The order matters,
 * because an intruder who can put objects can put receipts: first the pin is checked, then the algorithm of
 * the key, then the signature, and only then the host's text is parsed. The memory of the bytes is released.
 *
 * @param known Receipts of pinned signers that were opened before. Their signatures and their form are not checked again.
 * @throws {Damage} if it is not a receipt, or not signed by a key that the config pins.
 */
export async function openReceipt(
  bytes: Uint8Array<ArrayBuffer>,
  host: Pinning,
  known?: KnownReceipts,
): Promise<Receipt> {
  const digest = sha256(bytes);
  try {
    return await verifiedReceipt(asciiText(bytes), digest, host, known);
  } catch (error) {
    if (error instanceof Damage) throw error;
    // A fault of a decoder must not prevent reading the other receipts.
    throw new Damage(`The receipt cannot be decoded: ${printable(reason(error))}`, { cause: error });
  }
}

/**
 * SHA-256 of receipts that this process has opened. A command reads a receipt for the order of the chain, and again for each snapshot
 * that needs it; to verify and check one takes some milliseconds.
 */
const opened = new Set<string>();

/** Receipts that are remembered. */
const MAX_OPENED = 10_000;

async function verifiedReceipt(
  signed: string,
  digest: string,
  host: Pinning,
  known: KnownReceipts | undefined,
): Promise<Receipt> {
  // Lines of JSON need no escape of a dash. Millions of them would take a gigabyte.
  if (signed.includes("\n- ")) throw new Damage("The signed text is not a receipt");
  const text = signedText(signed);
  const signer = claimedSigner(text);
  checkPin(signer.fingerprint, host);
  const isPinned = host.signers.includes(signer.fingerprint) ||
    (host.isNeeded === true && known?.knows(signer.fingerprint) === true);
  const memory = isPinned ? known : undefined;
  // Of these bytes the form is known, too.
  if (opened.has(digest) || memory?.has(signer.fingerprint, digest)) return JSON.parse(text);
  const receipt = await decoded(signed, text, signer);
  if (opened.size < MAX_OPENED) opened.add(digest);
  memory?.add(signer.fingerprint, digest);
  return receipt;
}

async function decoded(signed: string, text: string, signer: Receipt["signer"]): Promise<Receipt> {
  const verified = await verifySigned(signed, keyBytes(signer), signer.fingerprint);
  if (verified !== text) throw new Damage("The receipt's signature does not match its text");
  const receipt = decodeReceipt(text);
  if (receipt.signer.key === signer.key && receipt.signer.fingerprint === signer.fingerprint) return receipt;
  throw new Damage("The receipt names two signers");
}

/**
 * Refuses a fingerprint that is not pinned. The fingerprint of the key is checked before the key is used.
 */
function checkPin(fingerprint: string, { name, signers }: Pinning): void {
  if (signers.length === 0 || signers.includes(fingerprint)) return;
  throw new Damage(`The receipt is signed by ${fingerprint}, which the config does not pin`, {
    hint:
      `If you set the host up again, add that key to the list "signer" of ${name}; if not, somebody else wrote it`,
  });
}

function keyBytes({ key }: Receipt["signer"]): Uint8Array {
  try {
    return Uint8Array.fromBase64(key, { lastChunkHandling: "strict" });
  } catch {
    throw new Damage("The signer's public key is not base64 in the only form that is read");
  }
}

/**
 * Returns the text of a receipt, which is ASCII: so it takes no more memory than its bytes, and contains no
 * look-alike characters.
 */
function asciiText(bytes: Uint8Array<ArrayBuffer>): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  release(bytes);
  // deno-lint-ignore no-control-regex
  if (/[^\x00-\x7f]/.test(text)) throw new Damage("The receipt is not ASCII text");
  return text;
}
