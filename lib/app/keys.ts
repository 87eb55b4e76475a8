import type { Host } from "../config/types.ts";
import type { Run } from "./events.ts";
import { Misuse, reason } from "../model/failure.ts";
import type { Secret } from "../model/secret.ts";
import { readAnyFile } from "../config/special_file.ts";
import { type Identity, type LockedPart, readIdentities, requireUnlocked } from "../seal/identity.ts";
import { readRecipients, type RecipientKey } from "../seal/recipient_key.ts";

/**
 * The public keys that a host seals to, each judged by itself and pinned by its fingerprint. Warnings (a key that
 * expires soon) are told in every run.
 *
 * @throws {Misuse} when one cannot be used; all of them are judged first.
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
 * Reads the private keys that open backups. Keys that cannot be unlocked are passed on with the reason, which is reported
 * if none of the others opens a backup.
 *
 * @param files Paths; `-` is standard input.
 * @param passphrase Called for each file that holds a protected key.
 * @throws {Misuse} if a file holds no private key, or no key of any file can be unlocked.
 */
export async function openIdentities(
  files: readonly string[],
  passphrase: (file: string) => Promise<Secret | undefined>,
): Promise<readonly Identity[]> {
  const identities: Identity[] = [];
  for (const file of files) {
    const bytes = await readIdentityFile(file);
    identities.push(...await readIdentities(bytes, { name: file, passphrase: () => passphrase(file) }));
  }
  return requireUnlocked(identities);
}

async function readIdentityFile(file: string): Promise<Uint8Array> {
  try {
    return await readAnyFile(file);
  } catch (error) {
    throw unreadable(file, error, "Name the file of the private key, or - for standard input");
  }
}

function readFile(file: string): Uint8Array {
  try {
    return Deno.readFileSync(file);
  } catch (error) {
    throw unreadable(
      file,
      error,
      "`keygen` makes a key; paths in the config are relative to the config file",
    );
  }
}

function unreadable(file: string, error: unknown, hint: string): Misuse {
  if (error instanceof Misuse) return error;
  return new Misuse(`Cannot read the key "${file}": ${reason(error)}`, { hint, cause: error });
}
export type { Identity, LockedPart };
