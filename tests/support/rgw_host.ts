/** Hosts of the real server, as its administrator and `provision` make them together. */
import { ListObjectVersionsCommand } from "s3";
import { backup } from "../../lib/backup.ts";
import { loadConfig } from "../../lib/config/load.ts";
import type { Host } from "../../lib/config/types.ts";
import { Secret } from "../../lib/model/secret.ts";
import { s3Client } from "../../lib/store/s3_client.ts";
import { openWriter } from "../../lib/stores.ts";
import { ADMIN, keysOf, makeUser } from "../../scripts/rgw/accounts.ts";
import type { Cluster } from "../../scripts/rgw/cluster.ts";
import { type Desk, writeCredentials } from "./vault.ts";

let counter = 0;

/** A host whose bucket nobody has made yet; its state folder is the test's. */
export function newHost({ endpoint }: Cluster, desk: Desk, store: object = {}): Host {
  const name = `web${++counter}.example.org`;
  Deno.mkdirSync(`${desk.folder}/data`, { recursive: true });
  Deno.writeTextFileSync(`${desk.folder}/data/file`, "content\n");
  const [host] = desk.hosts({
    store: { kind: "s3", bucket: "{host}-backups", region: "us-east-1", endpoint, ...store },
    retention: { days: 1, refreshDays: 0 },
    state: "state",
    hosts: { [name]: { paths: [`${desk.folder}/data`] } },
  });
  return host!;
}

/** Makes the user that RGW's administrator has to make, and carries its keys into the kit. */
export async function giveKeys(rgw: Cluster, desk: Desk, host: Host): Promise<void> {
  await makeUser(rgw, `nightdrop-${host.name}`);
  Deno.mkdirSync(desk.kit(host), { recursive: true, mode: 0o700 });
  writeCredentials(`${desk.kit(host)}/credentials`, await keysOf(rgw, `nightdrop-${host.name}`));
}

/** Backs up as the host would: with what is in its kit and nothing else. */
export async function backupFromKit(desk: Desk, host: Host): Promise<string> {
  const config = await loadConfig(`${desk.kit(host)}/backup.config.ts`, {
    stateFolder: "/var/lib/nightdrop",
  });
  const own = config.get(host.name)!;
  const writer = await openWriter(own.store, () => undefined, desk.run);
  try {
    return (await backup(own, writer, desk.run)).snapshot;
  } finally {
    writer.close();
  }
}

/** Every version and every marker in a host's bucket. */
export async function versions(rgw: Cluster, host: Host): Promise<string[]> {
  const client = s3Client(clientOptions(rgw, ADMIN), 0);
  try {
    const { Versions = [], DeleteMarkers = [] } = await client.send(
      new ListObjectVersionsCommand({ Bucket: `${host.name}-backups` }),
    );
    return [...Versions, ...DeleteMarkers].map(({ Key }) => Key!);
  } finally {
    client.destroy();
  }
}

export function clientOptions(
  { endpoint }: Cluster,
  { accessKeyId, secretAccessKey }: { accessKeyId: string; secretAccessKey: string },
): Parameters<typeof s3Client>[0] {
  return {
    region: "us-east-1",
    endpoint,
    credentials: { accessKeyId, secretAccessKey: new Secret(secretAccessKey) },
  };
}
