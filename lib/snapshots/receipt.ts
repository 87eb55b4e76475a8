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
import type { KnownSignatures } from "../store/contract.ts";

/** Keys that may sign receipts of a host; any key if none is pinned. */
export type Pinning = Pick<Host, "name" | "signers">;

/**
 * Verifies and parses a receipt from its bytes, whose size and SHA-256 were checked. The order matters,
 * because an intruder who can put objects can put receipts: first the pin is checked, then the algorithm of
 * the key, then the signature, and only then the host's text is parsed. The memory of the bytes is released.
 *
 * @param known Receipts of pinned signers whose signatures were verified before, and are not verified again.
 * @throws {Damage} if it is not a receipt, or not signed by a key that the config pins.
 */
export async function openReceipt(
  bytes: Uint8Array<ArrayBuffer>,
  host: Pinning,
  known?: KnownSignatures,
): Promise<Receipt> {
  try {
    return await verifiedReceipt(asciiText(bytes), host, known);
  } catch (error) {
    if (error instanceof Damage) throw error;
    // A fault of a decoder must not prevent reading the other receipts.
    throw new Damage(`The receipt cannot be decoded: ${printable(reason(error))}`, { cause: error });
  }
}

async function verifiedReceipt(
  signed: string,
  host: Pinning,
  known: KnownSignatures | undefined,
): Promise<Receipt> {
  // Lines of JSON need no escape of a dash. Millions of them would take a gigabyte.
  if (signed.includes("\n- ")) throw new Damage("The signed text is not a receipt");
  const text = signedText(signed);
  const signer = claimedSigner(text);
  checkPin(signer.fingerprint, host);
  await verifyOnce(signed, text, signer, host.signers.includes(signer.fingerprint) ? known : undefined);
  const receipt = decodeReceipt(text);
  if (receipt.signer.key !== signer.key || receipt.signer.fingerprint !== signer.fingerprint) {
    throw new Damage("The receipt names two signers");
  }
  return receipt;
}

/**
 * SHA-256 of signed texts whose signatures are good. A command reads a receipt for the order of the chain, and again for each snapshot
 * that needs it; to verify one takes a millisecond.
 */
const good = new Set<string>();

/** Signed texts that are remembered. */
const MAX_GOOD = 10_000;

async function verifyOnce(
  signed: string,
  text: string,
  signer: Receipt["signer"],
  known: KnownSignatures | undefined,
): Promise<void> {
  const key = sha256(Buffer.from(signed, "latin1"));
  if (good.has(key) || known?.has(signer.fingerprint, key)) return;
  const verified = await verifySigned(signed, keyBytes(signer), signer.fingerprint);
  if (verified !== text) throw new Damage("The receipt's signature does not match its text");
  if (good.size < MAX_GOOD) good.add(key);
  known?.add(signer.fingerprint, key);
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
