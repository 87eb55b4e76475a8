/** The owner's key pair, made once for each test file: no test changes it. */
import { generateIdentity, type NewIdentity } from "../../lib/seal/identity.ts";

/** A key pair that the tests' hosts seal to. */
export const owner: NewIdentity = await generateIdentity({
  name: "nightdrop tests",
  now: new Date("2026-01-01T00:00:00Z"),
});

/** Puts the key pair where `keygen` would. */
export function writeKeys(directory: string): void {
  Deno.mkdirSync(directory, { mode: 0o700 });
  Deno.writeTextFileSync(`${directory}/backups.asc`, owner.publicKey);
  Deno.writeTextFileSync(`${directory}/backups.private.asc`, owner.privateKey, { mode: 0o600 });
}
