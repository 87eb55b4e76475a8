import type { Host } from "../config/types.ts";
import type { Run } from "./events.ts";
import { Misuse, reason } from "../model/failure.ts";
import type { Secret } from "../model/secret.ts";
import { modeReadByOthers } from "../disk/readable.ts";
import { refuseExposed } from "../disk/trust.ts";
import { printable } from "../model/printable.ts";
import { shellWord } from "../model/shell.ts";
import { isStandardInput, readAnyFile } from "../config/special_file.ts";
import { type Identity, type LockedPart, readIdentities, requireUnlocked } from "../seal/identity.ts";
import { readRecipients, type RecipientKey } from "../seal/recipient.ts";

/**
 * Returns the public keys that a host encrypts to, each checked and pinned by its fingerprint. Reports warnings, such as
 * a key that expires soon, in every run.
 *
 * @throws {Misuse} if a key cannot be used. The message names all such keys.
 */
export async function pinnedRecipients(host: Host, run: Run): Promise<RecipientKey[]> {
  const requests = host.recipients.map(({ file, fingerprint }) => ({
    bytes: readFile(file),
    name: file,
    fingerprint,
  }));
  const recipients = await readRecipients(requests, run.now());
  for (const { warnings } of recipients) for (const text of warnings) run.report({ event: "warning", text });
  return recipients;
}

/**
 * Reads the private keys that decrypt backups. Keys that cannot be unlocked are returned with the reason, which is
 * reported if no other key decrypts a backup.
 *
 * @param files Paths of key files, armored or binary; `-` is standard input.
 * @param passphrase Called for each file with a protected key; returns undefined if there is no passphrase.
 * @param warn Called with a warning for each file that other users can read.
 * @throws {Misuse} if a file cannot be read, a file has no private key, or no key of any file can be unlocked.
 */
export async function openIdentities(
  files: readonly string[],
  passphrase: (file: string) => Promise<Secret | undefined>,
  warn: (text: string) => void = () => {},
): Promise<readonly Identity[]> {
  const identities: Identity[] = [];
  for (const file of files) {
    const bytes = await readIdentityFile(file, warn);
    identities.push(...await readIdentities(bytes, { name: file, passphrase: () => passphrase(file) }));
  }
  return requireUnlocked(identities);
}

async function readIdentityFile(file: string, warn: (text: string) => void): Promise<Uint8Array> {
  try {
    if (!isStandardInput(file) && !/^\/(dev|proc)\//.test(file)) {
      refuseExposed(file, "the private key");
      warnIfReadable(file, warn);
    }
    return await readAnyFile(file);
  } catch (error) {
    throw unreadable(file, error, "Name the file of a private key, or - for standard input");
  }
}

/**
 * Warns of a private key that other users can read. It is used nevertheless: gpg exports keys with the umask of the shell, and
 * a key on a USB stick has the mode that it was mounted with.
 */
function warnIfReadable(file: string, warn: (text: string) => void): void {
  const mode = modeReadByOthers(file);
  if (mode === undefined) return;
  const octal = mode.toString(8).padStart(4, "0");
  warn(
    `Other users can read the private key "${printable(file)}": its mode is ${octal}. ` +
      `Run: chmod 600 ${shellWord(file)}, or mount a file system without modes with umask=077`,
  );
}

function readFile(file: string): Uint8Array {
  try {
    refuseExposed(file, "the public key");
    return Deno.readFileSync(file);
  } catch (error) {
    throw unreadable(
      file,
      error,
      "Run `nightdrop keygen` to create a key; paths in the config are relative to the config file",
    );
  }
}

function unreadable(file: string, error: unknown, hint: string): Misuse {
  if (error instanceof Misuse) return error;
  return new Misuse(`Cannot read the key "${file}": ${reason(error)}`, { hint, cause: error });
}
export type { Identity, LockedPart };
