import type * as openpgp from "openpgp";
import { Misuse, reason } from "../model/failure.ts";
import { printable } from "../model/printable.ts";

/** Date for openpgp.js that ignores expiry, but not revocation. Its types do not declare it. */
export const ALWAYS = null as unknown as Date;

/** Command that creates a key for every version of gpg. */
export const MAKE_KEY = '`gpg --quick-generate-key "Backups" default default never`';

const ARMOR = /-----BEGIN PGP ([A-Z ]+)-----[^]*?-----END PGP \1-----/g;

/**
 * Reads all keys in a file: binary, or in armor with any text around it. Unlike `readKeys` of OpenPGP.js, it reads
 * every armor block.
 *
 * @param name Name of the file, for messages.
 * @param options `tolerant` skips unreadable blocks if another one is readable.
 * @throws {Misuse} if there is no key, or one is unreadable.
 */
export async function readKeyFile(
  file: Uint8Array,
  name: string,
  { tolerant = false }: { readonly tolerant?: boolean } = {},
): Promise<openpgp.Key[]> {
  if (file.length === 0) throw new Misuse(`"${name}" is empty`, { hint: `Export the key into it again` });
  const text = asText(file);
  if (text === undefined) return await inBlock({ binaryKeys: file }, name);
  const { blocks, problem } = keyBlocks(text, name);
  const keys: openpgp.Key[] = [];
  const problems = problem === undefined ? [] : [problem];
  if (problem !== undefined && !tolerant) throw problem;
  for (const armoredKeys of blocks) {
    try {
      keys.push(...await inBlock({ armoredKeys }, name));
    } catch (error) {
      if (!tolerant) throw error;
      problems.push(error as Misuse);
    }
  }
  if (keys.length === 0 && problems[0] !== undefined) throw problems[0];
  return keys;
}

/**
 * Returns the text of a file; undefined if it is binary. PowerShell writes armor in UTF-16, and some editors
 * begin a file with a byte order mark.
 */
function asText(file: Uint8Array): string | undefined {
  const [first, second] = file;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(file);
  const marked = first === 0xef && second === 0xbb;
  const isBinary = first! >= 0x80; // the first bit of every packet
  return isBinary && !marked ? undefined : new TextDecoder().decode(file);
}

async function inBlock(
  block: { binaryKeys: Uint8Array } | { armoredKeys: string },
  name: string,
): Promise<openpgp.Key[]> {
  const { readKeys } = await import("openpgp");
  try {
    return "binaryKeys" in block ? await readKeys(block) : await readKeys(block);
  } catch (error) {
    throw new Misuse(`The key in "${name}" cannot be read: ${reason(error)}`, {
      hint: "Export the key again: `gpg --export --armor FINGERPRINT`",
      cause: error,
    });
  }
}

/** Returns the armored keys in a text, and the problem of other blocks. */
function keyBlocks(text: string, name: string): { blocks: string[]; problem: Misuse | undefined } {
  const blocks = [...text.matchAll(ARMOR)];
  const keys = blocks.filter(([, type]) => type === "PUBLIC KEY BLOCK" || type === "PRIVATE KEY BLOCK");
  const found = keys.map(([block]) => block);
  if (text.split("-----BEGIN PGP ").length - 1 > blocks.length) {
    const what = `"${name}" is cut off: an armor block has no end`;
    return { blocks: found, problem: new Misuse(what, { hint: "Copy or export the key again" }) };
  }
  if (keys.length > 0) return { blocks: found, problem: undefined };
  const what = blocks[0]?.[1]?.toLowerCase().replace("pgp ", "");
  const but = what === undefined ? "" : `, but a PGP ${what}`;
  const hint =
    "Export the key with `gpg --export --armor FINGERPRINT`; keys of ssh or age are not OpenPGP keys";
  return { blocks: found, problem: new Misuse(`"${name}" holds no OpenPGP key${but}`, { hint }) };
}

/** Returns the first user id of a key, escaped for messages; empty if it has none. */
export function userId(key: openpgp.Key): string {
  return printable(key.getUserIDs()[0] ?? "");
}

/** Returns the keys of a file, for messages. */
export function describeKeys(keys: readonly openpgp.Key[]): string {
  return keys.map((key) => `${key.getFingerprint()} (${userId(key)})`).join(", ");
}
