/**
 * A throw-away Ceph cluster on loopback with an S3 server in front: one monitor, one storage daemon that keeps
 * everything in memory, and the RADOS gateway (RGW), from Debian's packages radosgw, ceph-mon and ceph-osd. All
 * of it lives in one folder, so any number of them run side by side.
 */
import { join } from "node:path";
import { makeAuthority, makeCertificate } from "./certificates.ts";
import { configuration, type Extras, type Ports } from "./configuration.ts";
import { run } from "./run.ts";

/** A running cluster. */
export interface Cluster {
  readonly folder: string;
  readonly endpoint: string;
  /** The same by TLS, of the authority in {@link Cluster.ca}. */
  readonly tlsEndpoint: string;
  /** A file. */
  readonly ca: string;
}

const DAEMONS = ["client.rgw", "osd.0", "mon.a"];

/** Three ports that were free a moment ago. */
export function freePorts(): Ports {
  const listeners = [0, 0, 0].map((port) => Deno.listen({ hostname: "127.0.0.1", port }));
  const [http, https, monitor] = listeners.map(({ addr }) => (addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return { http: http!, https: https!, monitor: monitor! };
}

/** Starts a cluster in `folder`, without what an earlier one left there, and waits until it answers: a second. */
export async function up(folder: string, ports: Ports, extras: Extras = {}): Promise<Cluster> {
  down(folder);
  await Deno.mkdir(folder, { recursive: true });
  if (!Deno.readDirSync(folder)[Symbol.iterator]().next().done) throw new Error(`${folder} is not empty`);
  for (const name of ["mon", "osd", "rgw"]) await Deno.mkdir(join(folder, name));
  const id = crypto.randomUUID();
  await Deno.writeTextFile(configurationOf(folder), configuration(folder, id, ports, extras));
  await Promise.all([certify(folder), startStorage(folder, id, ports.monitor)]);
  await ceph(folder, "radosgw", ["-n", "client.rgw"]);
  await Deno.writeTextFile(join(folder, "ports.json"), JSON.stringify(ports));
  const cluster = running(folder);
  await answers(cluster);
  return cluster;
}

/** The cluster that runs in `folder`. */
export function running(folder: string): Cluster {
  const { http, https } = JSON.parse(Deno.readTextFileSync(join(folder, "ports.json"))) as Ports;
  return {
    folder,
    endpoint: `http://127.0.0.1:${http}`,
    tlsEndpoint: `https://127.0.0.1:${https}`,
    ca: join(folder, "ca.pem"),
  };
}

/** Ends the daemons of `folder` and removes it. What is in memory is lost anyhow: there is no orderly end. */
export function down(folder: string): void {
  const daemons = DAEMONS.map((name) => daemon(folder, name)).filter((pid) => pid !== undefined);
  for (const pid of daemons) Deno.kill(pid, "SIGKILL");
  while (daemons.some((pid) => runs(pid, folder))) sleep(10);
  if (textOf(configurationOf(folder)) !== "") Deno.removeSync(folder, { recursive: true });
}

/** The process ids of those daemons of `folder` that run, by name. */
export function daemons(folder: string): Map<string, number> {
  const running = DAEMONS.map((name) => [name, daemon(folder, name)] as const);
  return new Map(running.filter((it): it is [string, number] => it[1] !== undefined));
}

/** Runs `radosgw-admin` on the cluster of `folder`. */
export function radosgwAdmin({ folder }: Cluster, args: readonly string[]): Promise<string> {
  return ceph(folder, "radosgw-admin", ["-n", "client.admin", "--admin-socket=", "--log-file=", ...args]);
}

/** Sets a setting of the gateway. Its socket takes a command in JSON and answers with a length and a text. */
export async function setGateway({ folder }: Cluster, name: string, value: string): Promise<void> {
  using socket = await Deno.connect({ transport: "unix", path: join(folder, "client.rgw.sock") });
  const command = JSON.stringify({ prefix: "config set", var: name, val: [value] });
  await socket.write(new TextEncoder().encode(command + "\0"));
  await socket.read(new Uint8Array(1000));
}

async function certify(folder: string): Promise<void> {
  await makeAuthority(folder);
  await makeCertificate(folder, "server", "DNS:localhost,DNS:s3.test,IP:127.0.0.1");
}

/** The daemons go to the background by themselves, as soon as they are ready for each other. */
async function startStorage(folder: string, id: string, port: number): Promise<void> {
  const [monitors, storage] = [join(folder, "monmap"), join(folder, "osdmap")];
  await run("monmaptool", ["--create", "--fsid", id, "--addv", "a", `[v2:127.0.0.1:${port}]`, monitors]);
  // A map that has the storage daemon in it from the start saves introducing it later.
  await ceph(folder, "osdmaptool", ["--createsimple", "1", storage]);
  await ceph(folder, "ceph-mon", ["-i", "a", "--mkfs", "--monmap", monitors, "--osdmap", storage]);
  await ceph(folder, "ceph-mon", ["-i", "a"]);
  await ceph(folder, "ceph-osd", ["-i", "0", "--mkfs", "--osd-uuid", crypto.randomUUID()]);
  await ceph(folder, "ceph-osd", ["-i", "0"]);
}

async function answers({ folder, endpoint }: Cluster): Promise<void> {
  for (let tries = 0; tries < 1500; tries++) {
    const answer = await fetch(endpoint).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`No answer from radosgw within half a minute: see the logs in ${folder}`);
}

function ceph(folder: string, program: string, args: readonly string[]): Promise<string> {
  return run(program, ["-c", configurationOf(folder), ...args]);
}

function configurationOf(folder: string): string {
  return join(folder, "ceph.conf");
}

/** The process of a daemon, if it runs. */
function daemon(folder: string, name: string): number | undefined {
  const pid = Number(textOf(join(folder, `${name}.pid`)));
  return pid > 0 && runs(pid, folder) ? pid : undefined;
}

/** Whether `pid` is a daemon of `folder`, and not some process that has got its number since. */
function runs(pid: number, folder: string): boolean {
  return commandLine(pid).includes(configurationOf(folder));
}

/**
 * The command line of a process; empty where it has ended. Deno itself reads `/proc` only with all permissions.
 */
export function commandLine(pid: number): string[] {
  const { stdout } = new Deno.Command("cat", { args: [`/proc/${pid}/cmdline`], stderr: "null" }).outputSync();
  return new TextDecoder().decode(stdout).split("\0").slice(0, -1);
}

function textOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
