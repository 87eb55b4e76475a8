/** A directory with all that a host and its owner have, on one kind of store. */
import type { Cluster } from "../support/rgw.ts";
import type { Keys } from "../../scripts/rgw/keys.ts";
import { ADMIN, keysOf, makeUser } from "../../scripts/rgw/accounts.ts";
import { withClone } from "../docs/clone.ts";
import { withHttpProxy } from "../support/http_proxy.ts";
import { owner } from "../support/owner.ts";
import { writeCredentials } from "../support/vault.ts";

/** Who runs a command: it decides over config and credentials. */
export type Role = "host" | "reader" | "owner";

/** A kind of store. */
export interface StoreKind {
  readonly name: string;
  /** What the config says of it; undefined for a directory. */
  readonly endpoint?: (rgw: Cluster) => string;
  /** Whether it is reached by a proxy, which alone knows the name of the server. */
  readonly proxied?: boolean;
  /** Whether a private authority has to be trusted for it. */
  readonly tls?: boolean;
}

/** The stores of the matrix. */
export const STORES: readonly StoreKind[] = [
  { name: "directory" },
  { name: "http", endpoint: (rgw) => rgw.endpoint },
  { name: "https", endpoint: (rgw) => rgw.tlsEndpoint, tls: true },
  { name: "http by proxy", endpoint: () => "http://s3.test", proxied: true },
  { name: "https by proxy", endpoint: () => "https://s3.test", proxied: true, tls: true },
];

/** Where a journey takes place. */
export interface Desk {
  /** The directory that commands are called from; their paths are relative to it. */
  readonly at: string;
  /** A copy of the repository. */
  readonly clone: string;
  readonly host: string;
  readonly bucket: string;
  /** Variables of everybody: the PATH, proxies, authorities. */
  readonly environment: Readonly<Record<string, string>>;
  /** Variables of a role. */
  readonly credentials: Readonly<Record<Role, Readonly<Record<string, string>>>>;
}

const FILES = 10;

/** A file that nobody has changed lately: what is as young as the others here is sent again by the next backup. */
const OLD_FILE = "/usr/lib/os-release";

/** Runs `body` at a desk of the host `host`. */
export function withDesk(
  kind: StoreKind,
  host: string,
  rgw: Cluster,
  body: (desk: Desk) => Promise<void>,
): Promise<void> {
  return withProxy(kind, rgw, (proxy) =>
    withClone(async (clone, path) => {
      const at = clone.replace(/clone$/, "desk");
      const bucket = `${host}-backups`;
      furnish(at, kind, host, rgw);
      const environment = { ...path, ...proxy, ...(kind.tls ? { NODE_EXTRA_CA_CERTS: rgw.ca } : {}) };
      const credentials = await makeAccounts(at, kind, host, rgw);
      await body({ at, clone, host, bucket, environment, credentials });
    }));
}

/** Runs `body` with the variables that name a proxy, if the store has one. */
function withProxy(
  { proxied }: StoreKind,
  rgw: Cluster,
  body: (environment: Record<string, string>) => Promise<void>,
): Promise<void> {
  if (!proxied) return body({});
  const [plain, secure] = [rgw.endpoint, rgw.tlsEndpoint].map((it) => Number(new URL(it).port));
  const servers = { "s3.test": plain!, "s3.test:443": secure! };
  return withHttpProxy({ servers }, async ({ url, asked }) => {
    await body({ HTTP_PROXY: url, HTTPS_PROXY: url });
    if (asked.length === 0) throw new Error("Nothing went through the proxy");
  });
}

/** Writes keys, configs and something to back up: enough for two threads. */
function furnish(at: string, { endpoint }: StoreKind, host: string, rgw: Cluster): void {
  for (const directory of ["keys", "source", "store", "second", "pins", `kits/${host}`]) {
    Deno.mkdirSync(`${at}/${directory}`, { recursive: true });
  }
  Deno.writeTextFileSync(`${at}/keys/backups.asc`, owner.publicKey);
  Deno.writeTextFileSync(`${at}/private.asc`, owner.privateKey, { mode: 0o600 });
  for (let file = 0; file < FILES; file++) {
    Deno.writeFileSync(`${at}/source/${file}`, crypto.getRandomValues(new Uint8Array(60_000)));
  }
  const s3 = endpoint &&
    { kind: "s3", bucket: "{host}-backups", region: "us-east-1", endpoint: endpoint(rgw) };
  const copies = {
    mirrors: {
      second: s3
        ? { store: { ...s3, bucket: "{host}-copies" }, putCredentials: { file: "second.keys" } }
        : { store: { kind: "directory", path: "second" } },
    },
    pins: { store: { kind: "directory", path: "pins" } },
  };
  for (
    const [name, credentials, more] of [
      ["fleet", {}, copies],
      ["host", { credentials: { file: "credentials" } }, {}],
    ] as const
  ) {
    const config = {
      recipients: [{ file: "keys/backups.asc", fingerprint: owner.fingerprint }],
      store: s3 ? { ...s3, ...credentials } : { kind: "directory", path: "store" },
      ...more,
      state: "state",
      retention: { days: 30 },
      partSize: "64 KiB",
      jobs: 2,
      hosts: { [host]: { paths: ["source", OLD_FILE] } },
    };
    Deno.writeTextFileSync(`${at}/${name}.config.ts`, `export default ${JSON.stringify(config)};\n`);
  }
}

/** Makes the users that RGW's administrator has to make, and carries the keys of the host to where they belong. */
async function makeAccounts(
  at: string,
  { endpoint }: StoreKind,
  host: string,
  rgw: Cluster,
): Promise<Desk["credentials"]> {
  if (endpoint === undefined) return { host: {}, reader: {}, owner: {} };
  const user = `nightdrop-${host}`;
  await makeUser(rgw, user);
  const own = await keysOf(rgw, user);
  for (const file of ["credentials", `kits/${host}/credentials`]) writeCredentials(`${at}/${file}`, own);
  writeCredentials(`${at}/second.keys`, await makeUser(rgw, `writer-of-${host}`));
  const reader = await makeUser(rgw, `reader-of-${host}`);
  writeCredentials(`${at}/reader.keys`, reader);
  return { host: {}, reader: variables("AWS", reader), owner: variables("NIGHTDROP_OWNER", ADMIN) };
}

function variables(prefix: string, { accessKeyId, secretAccessKey }: Keys): Record<string, string> {
  return { [`${prefix}_ACCESS_KEY_ID`]: accessKeyId, [`${prefix}_SECRET_ACCESS_KEY`]: secretAccessKey };
}
