/** Hosts of the real server, as its administrator and `provision` make them together. */
import { DeleteBucketCommand, DeleteObjectCommand, ListObjectVersionsCommand } from "@aws-sdk/client-s3";
import { backup, type BackupResult } from "../../lib/backup/backup.ts";
import { loadConfig } from "../../lib/config/load.ts";
import type { Host } from "../../lib/config/types.ts";
import { Secret } from "../../lib/model/secret.ts";
import { s3Client } from "../../lib/store/s3/client.ts";
import { openWriter } from "../../lib/app/stores.ts";
import { ADMIN, keysOf, makeUser } from "../../scripts/rgw/accounts.ts";
import type { Cluster } from "../../scripts/rgw/cluster.ts";
import { type Desk, writeCredentials } from "./vault.ts";

let counter = 0;

/** A host whose bucket nobody has made yet; its state directory is the test's. */
export function newHost(
  { endpoint }: Cluster,
  desk: Desk,
  store: object = {},
  retention = { days: 1, refreshDays: 0 },
): Host {
  const name = `web${++counter}.example.org`;
  Deno.mkdirSync(`${desk.directory}/data`, { recursive: true });
  Deno.writeTextFileSync(`${desk.directory}/data/file`, "content\n");
  const [host] = desk.hosts({
    store: { kind: "s3", bucket: "{host}-backups", region: "us-east-1", endpoint, ...store },
    retention,
    state: "state",
    hosts: { [name]: { paths: [`${desk.directory}/data`] } },
  });
  return host!;
}

/** Makes the user that RGW's administrator has to make, and carries its keys into the kit. */
export async function giveKeys(rgw: Cluster, desk: Desk, host: Host): Promise<void> {
  await makeUser(rgw, `nightdrop-${host.name}`);
  Deno.mkdirSync(desk.kit(host), { recursive: true, mode: 0o700 });
  writeCredentials(`${desk.kit(host)}/credentials`, await keysOf(rgw, `nightdrop-${host.name}`));
}

/** Makes a host as its owner and RGW's administrator do in turn: bucket, user and keys, then the user's policy. */
export async function provisionedHost(...[rgw, desk, ...more]: Parameters<typeof newHost>): Promise<Host> {
  const host = newHost(rgw, desk, ...more);
  await desk.provision(host, { apply: true });
  await giveKeys(rgw, desk, host);
  await desk.provision(host, { apply: true });
  return host;
}

/** Backs up as the host would: with what is in its kit and nothing else. */
export async function backupFromKit(
  desk: Desk,
  host: Host,
  run = desk.run,
  kit = desk.kit(host),
): Promise<BackupResult> {
  const config = await loadConfig(`${kit}/backup.config.ts`, {
    stateDirectory: "/var/lib/nightdrop",
  });
  const own = config.get(host.name)!;
  const writer = await openWriter(own.store, () => undefined, run);
  try {
    return await backup(own, writer, run);
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

/** Removes a host's bucket with all that is in it. */
export async function removeBucket(rgw: Cluster, host: Host): Promise<void> {
  const client = s3Client(clientOptions(rgw, ADMIN), 0);
  const Bucket = `${host.name}-backups`;
  try {
    const { Versions = [], DeleteMarkers = [] } = await client.send(
      new ListObjectVersionsCommand({ Bucket }),
    );
    for (const { Key, VersionId } of [...Versions, ...DeleteMarkers]) {
      await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
    }
    await client.send(new DeleteBucketCommand({ Bucket }));
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
