import { refuseExposed } from "../disk/trust.ts";
import { replaceFile } from "../disk/replace.ts";
import { textOf } from "../disk/text_of.ts";
import { Failure, Misuse, reason } from "../model/failure.ts";
import type { Identity } from "../seal/identity.ts";
import { generateSigner, readSigner, type Signer } from "../seal/signer.ts";
import type { Output } from "./output.ts";

/**
 * Returns the key that signs the report of a drill: the one in `file`, which is created if it is missing, else the first
 * private key that can sign.
 *
 * @throws {Misuse} if there is none.
 */
export async function reportSigner(
  file: string | undefined,
  identities: readonly Identity[],
  output: Output,
): Promise<Signer> {
  if (file !== undefined) return await signerIn(file, output);
  for (const { signer } of identities) {
    const found = await signer();
    if (found !== undefined) return found;
  }
  throw new Misuse("No private key can sign the report", {
    hint:
      "Add --signer FILE: the file gets a new signing key if it does not exist, such as --signer keys/drill.asc",
  });
}

async function signerIn(file: string, output: Output): Promise<Signer> {
  try {
    refuseExposed(file, "the signing key");
    const existing = textOf(file);
    if (existing !== undefined) return await readSigner(existing, file);
    const created = await generateSigner(`${Deno.hostname()} (drills)`, new Date());
    replaceFile(file, created, 0o600);
    const signer = await readSigner(created, file);
    output.say(`Created the signing key ${signer.fingerprint} in "${file}": it signs the reports of drills`);
    return signer;
  } catch (error) {
    throw new Misuse(error instanceof Failure ? error.headline : `Cannot use "${file}": ${reason(error)}`, {
      hint: "Name another file: --signer FILE creates a key in a file that does not exist",
      cause: error,
    });
  }
}
