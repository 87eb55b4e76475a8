/** Key pair of the owner. No test changes it, so `deno task test` creates it once for all test files. */
import { generateIdentity, type NewIdentity } from "../../lib/seal/identity.ts";

/** Environment variable with the path of a file that {@linkcode writeKeyPair} has written. */
const KEY_PAIR = "NIGHTDROP_TEST_KEY_PAIR";

/** Key pair that the tests' hosts encrypt to. A test file that runs alone creates its own. */
export const owner: NewIdentity = sharedKeyPair() ?? await generateIdentity({
  name: "nightdrop tests",
  now: new Date("2026-01-01T00:00:00Z"),
});

function sharedKeyPair(): NewIdentity | undefined {
  const file = Deno.env.get(KEY_PAIR);
  return file === undefined ? undefined : JSON.parse(Deno.readTextFileSync(file));
}

/** Writes the key pair to a file, and returns the environment in which tests use it. */
export function writeKeyPair(file: string): Record<string, string> {
  Deno.writeTextFileSync(file, JSON.stringify(owner), { mode: 0o600 });
  return { [KEY_PAIR]: file };
}

/** Writes the key pair to the files that `keygen` would create. */
export function writeKeys(directory: string): void {
  Deno.mkdirSync(directory, { mode: 0o700 });
  Deno.writeTextFileSync(`${directory}/backups.asc`, owner.publicKey);
  Deno.writeTextFileSync(`${directory}/backups.private.asc`, owner.privateKey, { mode: 0o600 });
}
