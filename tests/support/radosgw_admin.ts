/** Administrator of the real server, who pastes the commands that `provision` prints. */
import assert from "node:assert/strict";
import type { KeyStep } from "../../lib/provisioning/provision.ts";
import type { Cluster } from "../../scripts/rgw/cluster.ts";
import { must } from "./foreign.ts";
import type { Desk } from "./vault.ts";

/** Runs the printed commands; gives what they print. */
export async function paste(
  rgw: Cluster,
  desk: Desk,
  { keys }: { readonly keys: readonly KeyStep[] },
): Promise<string> {
  const commands = keys.flatMap(({ commands = [] }) => commands);
  assert.ok(commands.length > 0, JSON.stringify(keys));
  const bin = `${desk.directory}/bin`;
  Deno.mkdirSync(bin, { recursive: true });
  const options = `-c ${rgw.directory}/ceph.conf -n client.admin --admin-socket= --log-file=`;
  const wrapper = `#!/bin/sh\nexec /usr/bin/radosgw-admin ${options} "$@"\n`;
  Deno.writeTextFileSync(`${bin}/radosgw-admin`, wrapper, { mode: 0o755 });
  const env = { PATH: `${bin}:${Deno.env.get("PATH")}` };
  return (await must("sh", ["-c", commands.join("\n")], { env })).text;
}
