/**
 * OpenStack Swift on loopback, with S3 by its middleware s3api: Debian's packages swift-proxy, swift-account,
 * swift-container, swift-object and memcached. All of it lives in one directory, so any number of them run side by side.
 * Swift 2.30 reads the suffix of its hashes from the package's `/etc/swift/swift.conf`, newer versions from that directory.
 */
import { join } from "node:path";
import { makeAuthority, makeCertificate } from "../../../scripts/rgw/certificates.ts";
import { killDaemons } from "../../../scripts/rgw/daemons.ts";
import { run } from "../../../scripts/rgw/run.ts";
import {
  type Place,
  type Ports,
  proxyConfiguration,
  STORAGE,
  storageConfiguration,
} from "./configuration.ts";

/** Running servers. */
export interface Swift {
  readonly directory: string;
  /** URL of the proxy, for S3. */
  readonly endpoint: string;
  /** The same by TLS, of the authority in {@link Swift.ca}. It answers only if it was started. */
  readonly tlsEndpoint: string;
  /** File of the certificate authority. */
  readonly ca: string;
}

/** Optional parts. */
export interface Extras {
  /** Starts a second proxy, with TLS. */
  readonly tls?: boolean;
}

const PROXIES = ["proxy", "secureProxy"] as const;
const DAEMONS = [...STORAGE, ...PROXIES, "memcached"];

/** Debian's: its packages are not those of another Python in the PATH. */
const PYTHON = "/usr/bin/python3";
const RINGS = new URL("rings.py", import.meta.url).pathname;

/** Starts empty servers in `directory`, and waits until they answer. */
export async function up(directory: string, { tls = false }: Extras = {}): Promise<Swift> {
  const ports = freePorts();
  const place = { directory, user: (await run("id", ["-un"])).trim() };
  Deno.mkdirSync(join(directory, "devices/device"), { recursive: true });
  Deno.writeTextFileSync(join(directory, "swift.conf"), "[swift-hash]\nswift_hash_path_suffix = nightdrop\n");
  for (const name of STORAGE) {
    Deno.writeTextFileSync(configurationOf(directory, name), storageConfiguration(place, name, ports[name]));
  }
  const proxies = PROXIES.slice(0, tls ? 2 : 1);
  for (const name of proxies) {
    Deno.writeTextFileSync(
      configurationOf(directory, name),
      proxyConfiguration(place, ports, name === "secureProxy"),
    );
  }
  const storagePorts = STORAGE.map((name) => `${ports[name]}`);
  await Promise.all([
    run(PYTHON, [RINGS, directory, ...storagePorts]),
    tls ? certify(directory) : undefined,
    startMemcached(place, ports.memcached),
  ]);
  // A proxy would avoid a server that does not answer for a minute.
  await Promise.all(STORAGE.map((name) => start(directory, name, ports[name])));
  await Promise.all(proxies.map((name) => start(directory, name, ports[name])));
  return running(directory, ports);
}

/** Kills the servers of `directory`, and removes it. */
export function down(directory: string): void {
  killDaemons(directory, DAEMONS);
  Deno.removeSync(directory, { recursive: true });
}

function running(directory: string, { proxy, secureProxy }: Ports): Swift {
  return {
    directory,
    endpoint: `http://127.0.0.1:${proxy}`,
    tlsEndpoint: `https://127.0.0.1:${secureProxy}`,
    ca: join(directory, "ca.pem"),
  };
}

function freePorts(): Ports {
  const listeners = Array.from(
    { length: DAEMONS.length },
    () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  );
  const ports = listeners.map(({ addr }) => (addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return Object.fromEntries(DAEMONS.map((name, at) => [name, ports[at]])) as unknown as Ports;
}

async function certify(directory: string): Promise<void> {
  await makeAuthority(directory);
  await makeCertificate(directory, "server", "DNS:localhost,IP:127.0.0.1");
}

async function startMemcached({ directory, user }: Place, port: number): Promise<void> {
  const pid = join(directory, "memcached.pid");
  await run("memcached", ["-d", "-u", user, "-l", "127.0.0.1", "-p", `${port}`, "-P", pid]);
  await accepts(directory, port);
}

/** Starts a server in the background, and waits until it accepts connections. */
async function start(directory: string, name: string, port: number): Promise<void> {
  const program = `swift-${name === "secureProxy" ? "proxy" : name}-server`;
  const log = `${directory}/${name}.log`;
  const script = `"$0" "$1" > "$2" 2>&1 < /dev/null & echo $! > "$3"`;
  await run("sh", ["-c", script, program, configurationOf(directory, name), log, `${directory}/${name}.pid`]);
  await accepts(directory, port);
}

async function accepts(directory: string, port: number): Promise<void> {
  for (let tries = 0; tries < 3000; tries++) {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => undefined);
    connection?.close();
    if (connection !== undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`No answer from Swift within a minute: see the logs in ${directory}`);
}

function configurationOf(directory: string, name: string): string {
  return join(directory, `${name}.conf`);
}
