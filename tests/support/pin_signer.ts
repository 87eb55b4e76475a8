/** Pins the key of a host's backups in the config of a setup, as its owner does after the first backup. */
import assert from "node:assert/strict";
import { jsonLines, nightdrop } from "./nightdrop.ts";

/** Adds the signer of the listed snapshots to the first host of the config in a directory. */
export async function pinSigner(
  directory: string,
  config = "backup.config.ts",
  env: Record<string, string> = {},
): Promise<void> {
  const listed = await nightdrop(["list", "--json", "--config", config], { cwd: directory, env });
  const signer = jsonLines(listed.text).find(({ event }) => event === "snapshot")?.signer;
  assert.equal(typeof signer, "string", listed.text + listed.stderr);
  const file = `${directory}/${config}`;
  const text = Deno.readTextFileSync(file);
  Deno.writeTextFileSync(file, text.replace(/ paths: \[/, ` signer: "${signer}", paths: [`));
}
