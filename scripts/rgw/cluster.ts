/**
 * A throw-away Ceph cluster on loopback with an S3 server in front: one monitor, one storage daemon that keeps
 * everything in memory, and the RADOS gateway (RGW), from Debian's packages radosgw, ceph-mon and ceph-osd. All
 * of it lives in one directory, so any number of them run side by side.
 */
import { join } from "node:path";
import { textOf } from "../../lib/disk/text_of.ts";
import { makeAuthority, makeCertificate } from "./certificates.ts";
import { configuration, type Extras, type Ports } from "./configuration.ts";
import { daemonsOf, killDaemons } from "./daemons.ts";
import { run } from "./run.ts";

/** Running cluster. */
export interface Cluster {
  readonly directory: string;
  readonly endpoint: string;
  /** The same by TLS, of the authority in {@link Cluster.ca}. */
  readonly tlsEndpoint: string;
  /** A file. */
  readonly ca: string;
}

const DAEMONS = ["client.rgw", "osd.0", "mon.a"];

/** Returns three ports that were free a moment ago. */
export function freePorts(): Ports {
  const listeners = [0, 0, 0].map((port) => Deno.listen({ hostname: "127.0.0.1", port }));
  const [http, https, monitor] = listeners.map(({ addr }) => (addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return { http: http!, https: https!, monitor: monitor! };
}

/** Starts an empty cluster in `directory` and waits until it answers, about a second. Removes data of an earlier one. */
export async function up(directory: string, ports: Ports, extras: Extras = {}): Promise<Cluster> {
  down(directory);
  await Deno.mkdir(directory, { recursive: true });
  if (!Deno.readDirSync(directory)[Symbol.iterator]().next().done) {
    throw new Error(`${directory} is not empty`);
  }
  for (const name of ["mon", "osd", "rgw"]) await Deno.mkdir(join(directory, name));
  const id = crypto.randomUUID();
  await Deno.writeTextFile(configurationOf(directory), configuration(directory, id, ports, extras));
  await Promise.all([certify(directory), startStorage(directory, id, ports.monitor)]);
  await ceph(directory, "radosgw", ["-n", "client.rgw"]);
  await Deno.writeTextFile(join(directory, "ports.json"), JSON.stringify(ports));
  const cluster = running(directory);
  await answers(cluster);
  return cluster;
}

/** Returns the cluster that runs in `directory`. */
export function running(directory: string): Cluster {
  const { http, https } = JSON.parse(Deno.readTextFileSync(join(directory, "ports.json"))) as Ports;
  return {
    directory,
    endpoint: `http://127.0.0.1:${http}`,
    tlsEndpoint: `https://127.0.0.1:${https}`,
    ca: join(directory, "ca.pem"),
  };
}

/** Kills the daemons of `directory` and removes it. Their data is in memory only, so an orderly shutdown is useless. */
export function down(directory: string): void {
  killDaemons(directory, DAEMONS);
  if (textOf(configurationOf(directory)) !== undefined) Deno.removeSync(directory, { recursive: true });
}

/** Returns the process ids of the running daemons of `directory`, by name. */
export function daemons(directory: string): Map<string, number> {
  return daemonsOf(directory, DAEMONS);
}

/** Runs `radosgw-admin` on the cluster of `directory`. */
export function radosgwAdmin({ directory }: Cluster, args: readonly string[]): Promise<string> {
  return ceph(directory, "radosgw-admin", ["-n", "client.admin", "--admin-socket=", "--log-file=", ...args]);
}

/** Changes a setting of the gateway. Its socket accepts a command in JSON and answers with a length and a text. */
export async function setGateway({ directory }: Cluster, name: string, value: string): Promise<void> {
  using socket = await Deno.connect({ transport: "unix", path: join(directory, "client.rgw.sock") });
  const command = JSON.stringify({ prefix: "config set", var: name, val: [value] });
  await socket.write(new TextEncoder().encode(command + "\0"));
  await socket.read(new Uint8Array(1000));
}

async function certify(directory: string): Promise<void> {
  await makeAuthority(directory);
  await makeCertificate(directory, "server", "DNS:localhost,DNS:s3.test,IP:127.0.0.1");
}

/** Starts the daemons, which go to the background when they are ready. */
async function startStorage(directory: string, id: string, port: number): Promise<void> {
  const [monitors, storage] = [join(directory, "monmap"), join(directory, "osdmap")];
  await run("monmaptool", ["--create", "--fsid", id, "--addv", "a", `[v2:127.0.0.1:${port}]`, monitors]);
  // A map that has the storage daemon in it from the start saves introducing it later.
  await ceph(directory, "osdmaptool", ["--createsimple", "1", storage]);
  await ceph(directory, "ceph-mon", ["-i", "a", "--mkfs", "--monmap", monitors, "--osdmap", storage]);
  await ceph(directory, "ceph-mon", ["-i", "a"]);
  await ceph(directory, "ceph-osd", ["-i", "0", "--mkfs", "--osd-uuid", crypto.randomUUID()]);
  await ceph(directory, "ceph-osd", ["-i", "0"]);
}

async function answers({ directory, endpoint }: Cluster): Promise<void> {
  for (let tries = 0; tries < 1500; tries++) {
    const answer = await fetch(endpoint).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`No answer from radosgw within half a minute: see the logs in ${directory}`);
}

function ceph(directory: string, program: string, args: readonly string[]): Promise<string> {
  return run(program, ["-c", configurationOf(directory), ...args]);
}

function configurationOf(directory: string): string {
  return join(directory, "ceph.conf");
}
