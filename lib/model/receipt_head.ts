import { Damage } from "./failure.ts";
import { type Receipt, RECEIPT_FORMAT } from "./receipt.ts";

/** Number of characters at the beginning of a receipt's text that contain its format and signer. */
const HEAD_LENGTH = 4096;

/** Maximum length of the signer's public key in base64. */
export const MAX_SIGNER_KEY_LENGTH = 2000;

const FORMAT = /^\{\n "format": "nightdrop-receipt\/(\d{1,9})",\n/;

const SIGNER =
  /\n "signer": \{\n {2}"fingerprint": "([0-9a-f]{40})",\n {2}"key": "([A-Za-z0-9+/]+={0,2})"\n \}/;

/**
 * Returns the signer that an unverified receipt names, to find the key that verifies it. Only the beginning
 * of the text is matched; it is not parsed.
 *
 * @throws {Damage} if the text is not a receipt of this format.
 */
export function claimedSigner(text: string): Receipt["signer"] {
  const head = text.slice(0, HEAD_LENGTH);
  const version = FORMAT.exec(head)?.[1];
  if (version === undefined) throw new Damage("The signed text is not a receipt");
  const format = `nightdrop-receipt/${version}`;
  if (format !== RECEIPT_FORMAT) {
    throw new Damage(`The receipt has the format "${format}"`, {
      hint: `This version reads "${RECEIPT_FORMAT}": use a newer nightdrop`,
    });
  }
  const [, fingerprint, key] = SIGNER.exec(head) ?? [];
  if (fingerprint === undefined || key === undefined || key.length > MAX_SIGNER_KEY_LENGTH) {
    throw new Damage("The receipt does not name its signer in the only form that is read");
  }
  return { fingerprint, key };
}
