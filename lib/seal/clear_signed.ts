/**
 * Cleartext signature framework (RFC 9580 section 7), in the one form that nightdrop writes and reads: the
 * parsed text is exactly the verified text, and no text has two forms.
 *
 * @module
 */
import { Damage } from "../model/failure.ts";

/** Parts of a clear-signed text. Nothing is verified. */
export interface ClearSigned {
  readonly text: string;
  readonly hash: string;
  /** Signature packet in binary. */
  readonly signature: Uint8Array;
}

const BEGIN_TEXT = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: ";
const BEGIN_SIGNATURE = "\n-----BEGIN PGP SIGNATURE-----\n\n";
const END_SIGNATURE = "\n-----END PGP SIGNATURE-----\n";

/**
 * Maximum length in characters of the lines before the text, and of the signature. An Ed25519 signature takes
 * about 400.
 */
const MAX_FRAME = 2000;

/** Texts that a clear signature does not cover as they are. */
const NOT_SIGNED = ["\r", "\0", " \n", "\t\n"];

/**
 * Whether a clear signature can cover `text` without changes. It does not cover spaces at the end of lines,
 * nor the kind of line ends.
 */
export function isSignable(text: string): boolean {
  // A regular expression would take longer than to parse the text as JSON.
  return text.isWellFormed() && !NOT_SIGNED.some((it) => text.includes(it)) &&
    !text.endsWith(" ") && !text.endsWith("\t");
}

/** Returns the armored form. Lines that begin with a dash are escaped. */
export function formatClearSigned(clearSigned: ClearSigned): string {
  return pieces(clearSigned).join("");
}

/** Returns the three parts of the armored form: the header, the escaped text, and the signature. */
function pieces({ text, hash, signature }: ClearSigned): [before: string, text: string, behind: string] {
  const escaped = hasDash(text) ? text.replace(/(^|\n)-/g, "$1- -") : text;
  const armor = signature.toBase64().replace(/.{64}(?=.)/g, "$&\n") + "\n=" + checksum(signature).toBase64();
  return [BEGIN_TEXT + hash + "\n\n", escaped, BEGIN_SIGNATURE + armor + END_SIGNATURE];
}

/** Whether a line begins with a dash. Receipts have none, and looking for it takes a tenth of the time of replacing it. */
function hasDash(text: string): boolean {
  return text.startsWith("-") || text.includes("\n-");
}

function unescaped(text: string): string {
  return hasDash(text) ? text.replace(/(^|\n)- -/g, "$1-") : text;
}

/**
 * Parses a clear-signed text. Nothing is verified.
 *
 * @throws {Damage} if {@link formatClearSigned} does not write `signed` in exactly this form.
 */
export function parseClearSigned(signed: string): ClearSigned {
  const hashEnd = signed.indexOf("\n\n");
  const textEnd = signed.lastIndexOf(BEGIN_SIGNATURE);
  const armorEnd = signed.lastIndexOf("\n=");
  if (hashEnd > MAX_FRAME || signed.length - textEnd > MAX_FRAME) throw otherForm();
  try {
    const parsed = {
      hash: signed.slice(BEGIN_TEXT.length, hashEnd),
      text: unescaped(signed.slice(hashEnd + 2, textEnd)),
      signature: Uint8Array.fromBase64(signed.slice(textEnd + BEGIN_SIGNATURE.length, armorEnd)),
    };
    const isOurs = /^SHA\d+$/.test(parsed.hash) && isSignable(parsed.text) &&
      isJoined(signed, pieces(parsed));
    if (isOurs) return parsed;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error; // not base64
  }
  throw otherForm();
}

/**
 * Whether `whole` consists of the three parts. They are compared one by one, because joining a large text
 * would take its memory again.
 */
function isJoined(whole: string, [before, text, behind]: [string, string, string]): boolean {
  return whole.length === before.length + text.length + behind.length && whole.startsWith(before) &&
    whole.startsWith(text, before.length) && whole.endsWith(behind);
}

function otherForm(): Damage {
  return new Damage("Not a clear-signed text in the form that nightdrop writes");
}

/** Returns the CRC-24 of the armor (RFC 9580 section 6.1). gpg 2.2 cannot read an armor without it. */
function checksum(bytes: Uint8Array): Uint8Array {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ ((crc & 0x800000) === 0 ? 0 : 0x1864cfb);
  }
  return Uint8Array.of(crc >> 16, crc >> 8, crc);
}
