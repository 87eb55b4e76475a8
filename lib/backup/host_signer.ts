import type { Run } from "../app/events.ts";
import type { State } from "../catalog/state.ts";
import type { Host } from "../config/types.ts";
import { generateSigner, readSigner, type Signer } from "../seal/signer.ts";

/** Returns the host's signing key. The first run creates it. */
export async function hostSigner(host: Host, state: State, run: Run): Promise<Signer> {
  let armored = state.signer();
  if (armored === undefined) {
    armored = await generateSigner(host.name, run.now());
    state.keepSigner(armored);
  }
  const signer = await readSigner(armored, state.signerFile);
  reportSigner(signer.fingerprint, host, run);
  return signer;
}

function reportSigner(fingerprint: string, { name, signers }: Host, run: Run): void {
  if (signers.includes(fingerprint)) return;
  const is = `The signing key of this host is ${fingerprint}`;
  if (signers.length === 0) {
    return run.report({
      event: "note",
      text: `${is}. Add signer: "${fingerprint}" to ${name} in your config`,
    });
  }
  const all = [...signers, fingerprint].map((it) => `"${it}"`).join(", ");
  const text =
    `${is}, which is not among the signers in the config: readers will refuse its snapshots. If you set ` +
    `the host up again, set signer: [${all}] of ${name} in your config`;
  run.report({ event: "warning", text });
}
