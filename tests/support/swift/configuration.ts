/** Ports of the servers on 127.0.0.1. */
export interface Ports {
  readonly account: number;
  readonly container: number;
  readonly object: number;
  readonly memcached: number;
  readonly proxy: number;
  readonly secureProxy: number;
}

/** Directory of the servers, and the user that they run as. */
export interface Place {
  readonly directory: string;
  readonly user: string;
}

/** Servers that store: each has one device, a directory. */
export const STORAGE = ["account", "container", "object"] as const;

/** Users of the account "test" and their passwords, which are keys of S3 as well. Only "admin" owns the account. */
export const USERS = { admin: "testing", host: "hosting", reader: "reading" } as const;

/** Filters of the proxy, in this order: those that s3api and versions need, before `tempauth` and after it. */
const FILTERS: Readonly<Record<string, string>> = {
  catch_errors: "catch_errors",
  gatekeeper: "gatekeeper",
  cache: "memcache",
  listing_formats: "listing_formats",
  bulk: "bulk",
  s3api: "s3api",
  tempauth: "tempauth",
  copy: "copy",
  slo: "slo",
  dlo: "dlo",
  versioned_writes: "versioned_writes",
  symlink: "symlink",
};

/** Returns the configuration of a server that stores. */
export function storageConfiguration(place: Place, name: string, port: number): string {
  return `${common(place, port)}
devices = ${place.directory}/devices
mount_check = false
[pipeline:main]
pipeline = ${name}-server
[app:${name}-server]
use = egg:swift#${name}
`;
}

/** Returns the configuration of a proxy. */
export function proxyConfiguration(place: Place, { memcached, ...ports }: Ports, secure: boolean): string {
  const port = secure ? ports.secureProxy : ports.proxy;
  const users = Object.entries(USERS).map(([name, password]) =>
    `user_test_${name} = ${password}${name === "admin" ? " .admin" : ""}`
  );
  const settings: Readonly<Record<string, string>> = {
    cache: `memcache_servers = 127.0.0.1:${memcached}`,
    tempauth: users.join("\n"),
    versioned_writes: "allow_object_versioning = true",
  };
  const tls = `cert_file = ${place.directory}/server.pem\nkey_file = ${place.directory}/server-key.pem`;
  const filters = Object.entries(FILTERS).map(([name, egg]) =>
    `[filter:${name}]\nuse = egg:swift#${egg}\n${settings[name] ?? ""}\n`
  );
  return `${common(place, port)}
${secure ? tls : ""}
[pipeline:main]
pipeline = ${Object.keys(FILTERS).join(" ")} proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
${filters.join("")}`;
}

/** Settings of all servers. Without a number of workers, each server would start more processes. */
function common({ directory, user }: Place, port: number): string {
  return `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
user = ${user}
swift_dir = ${directory}`;
}
