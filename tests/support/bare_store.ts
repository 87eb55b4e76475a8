/** Stores of which nothing is left but a private key. */
import { openWriter } from "../../lib/app/stores.ts";
import { backup } from "../../lib/backup/backup.ts";
import { parseConfig } from "../../lib/config/parse.ts";
import type { Store } from "../../lib/config/types.ts";
import { generateIdentity } from "../../lib/seal/identity.ts";
import { directory as tree, file, writeTree } from "../source/tree.ts";

export const HOSTS = ["web1.example.org", "web2.example.org"];

/** Backs up hosts to a store, and leaves nothing of them but a private key in `directory`. Returns their signing keys. */
export async function stored(
  directory: string,
  store: object,
  hosts: readonly string[],
  env: (name: string) => string | undefined = () => undefined,
): Promise<string[]> {
  const { publicKey, privateKey, fingerprint } = await generateIdentity({ name: "owner", now: new Date() });
  Deno.writeTextFileSync(`${directory}/owner.asc`, publicKey);
  Deno.writeTextFileSync(`${directory}/private.asc`, privateKey, { mode: 0o600 });
  writeTree(`${directory}/source`, tree({ etc: tree({ a: file("one"), b: file("two") }) }));
  const config = parseConfig({
    recipients: [{ file: "owner.asc", fingerprint }],
    store,
    state: "state",
    retention: { days: 30 },
    hosts: Object.fromEntries(hosts.map((host) => [host, { paths: ["source"], attributes: false }])),
  }, { directory, stateDirectory: directory });
  const run = { report: () => {}, signal: AbortSignal.timeout(60_000), now: () => new Date() };
  const signers: string[] = [];
  for (const host of config.values()) {
    const writer = await openWriter(host.store as Store, env, run);
    signers.push((await backup(host, writer, run, {})).signer);
    writer.close();
  }
  Deno.removeSync(`${directory}/state`, { recursive: true });
  Deno.removeSync(`${directory}/owner.asc`);
  return signers;
}
