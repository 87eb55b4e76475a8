import * as openpgp from "openpgp";
import { Misuse, reason } from "../model/failure.ts";
import { printable } from "../model/printable.ts";

/** A date for openpgp that makes it ignore expiry; revocation still counts. Its types do not know that. */
export const ALWAYS = null as unknown as Date;

/** The command that makes a key which every version of gpg can use. */
export const MAKE_KEY = '`gpg --quick-generate-key "Backups" default default never`';

const ARMOR = /-----BEGIN PGP ([A-Z ]+)-----[^]*?-----END PGP \1-----/g;

/**
 * All keys in a file: binary, or in armor with anything around it. Unlike `openpgp.readKeys` it reads every armor
 * block.
 *
 * @param name the file's name, for messages.
 * @throws {Misuse} when there is no key or one cannot be read.
 */
export async function readKeyFile(file: Uint8Array, name: string): Promise<openpgp.Key[]> {
  if (file.length === 0) throw new Misuse(`"${name}" is empty`, { hint: `Export the key into it again` });
  try {
    const isBinary = file[0]! >= 0x80; // the first bit of every packet
    if (isBinary) return await openpgp.readKeys({ binaryKeys: file });
    const keys: openpgp.Key[] = [];
    for (const block of keyBlocks(new TextDecoder().decode(file), name)) {
      keys.push(...await openpgp.readKeys({ armoredKeys: block }));
    }
    return keys;
  } catch (error) {
    if (error instanceof Misuse) throw error;
    throw new Misuse(`The key in "${name}" cannot be read: ${reason(error)}`, {
      hint: "Export the key again: `gpg --export --armor FINGERPRINT`",
      cause: error,
    });
  }
}

function keyBlocks(text: string, name: string): string[] {
  const blocks = [...text.matchAll(ARMOR)];
  const keys = blocks.filter(([, type]) => type === "PUBLIC KEY BLOCK" || type === "PRIVATE KEY BLOCK");
  if (text.split("-----BEGIN PGP ").length - 1 > blocks.length) {
    throw new Misuse(`"${name}" is cut off: an armor block begins and does not end`, {
      hint: "Copy or export the key again",
    });
  }
  if (keys.length === 0) {
    const what = blocks[0]?.[1]?.toLowerCase().replace("pgp ", "");
    throw new Misuse(`"${name}" holds no OpenPGP key${what === undefined ? "" : `, but a PGP ${what}`}`, {
      hint: "Export the key with `gpg --export --armor FINGERPRINT`; keys of ssh or age are no OpenPGP keys",
    });
  }
  return keys.map(([block]) => block);
}

/** The first user id, made safe to print; empty where a key has none. */
export function userId(key: openpgp.Key): string {
  return printable(key.getUserIDs()[0] ?? "");
}

/** The keys of a file, for messages. */
export function describe(keys: readonly openpgp.Key[]): string {
  return keys.map((key) => `${key.getFingerprint()} (${userId(key)})`).join(", ");
}
