import type { Host } from "./config/types.ts";
import type { Run } from "./events.ts";
import { Misuse, reason } from "./model/failure.ts";
import type { Secret } from "./model/secret.ts";
import { type Identity, readIdentities } from "./seal/identity.ts";
import { readRecipients, type Recipient } from "./seal/recipient.ts";

/**
 * The public keys that a host seals to, each judged by itself and pinned by its fingerprint. Warnings (a key that
 * expires soon) are told in every run.
 *
 * @throws {Misuse} when one cannot be used; all of them are judged first.
 */
export async function pinnedRecipients(host: Host, run: Run): Promise<Recipient[]> {
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
 * The private keys that open backups.
 *
 * @param passphrase asked for when a key is protected.
 * @throws {Misuse} when a file is no private key, or the passphrase is wrong.
 */
export async function openIdentities(
  files: readonly string[],
  passphrase: (file: string) => Promise<Secret | undefined>,
): Promise<Identity[]> {
  const identities: Identity[] = [];
  for (const file of files) {
    identities.push(
      ...await readIdentities(readFile(file), { name: file, passphrase: () => passphrase(file) }),
    );
  }
  return identities;
}

function readFile(file: string): Uint8Array {
  try {
    return Deno.readFileSync(file);
  } catch (error) {
    throw new Misuse(`Cannot read the key "${file}": ${reason(error)}`, {
      hint: "`keygen` makes a key; paths in the config are relative to the config file",
      cause: error,
    });
  }
}
export type { Identity };
