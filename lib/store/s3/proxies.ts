/**
 * Reads the proxies of the environment. This is done by hand because the SDK reads none of these variables
 * (https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/node-configuring-proxies.html), and a
 * proxy agent must be given the servers to reach without a proxy
 * (https://github.com/aws/aws-sdk-js/issues/1842).
 *
 * @module
 */
import { BlockList, isIP } from "node:net";
import { Misuse } from "../../model/failure.ts";
import { Secret } from "../../model/secret.ts";

/** HTTP proxy. */
export interface Proxy {
  readonly host: string;
  readonly port: number;
  /** Value of the header `Proxy-Authorization`, without "Basic". */
  readonly authorization: Secret | undefined;
  /** Environment variable that contains its address. */
  readonly variable: string;
}

/** Returns the proxy for a server; undefined if the server is reached directly. */
export type Proxies = (secure: boolean, host: string, port: number) => Proxy | undefined;

/** Environment variables that contain addresses of proxies. */
export const PROXY_VARIABLES: readonly string[] = ["https_proxy", "http_proxy", "all_proxy", "no_proxy"]
  .flatMap(
    (name) => [name, name.toUpperCase()],
  );

/** Returns the value of an environment variable. */
type Environment = (name: string) => string | undefined;

/**
 * Returns the proxies that the environment names: `https_proxy` for servers with TLS, `http_proxy` for
 * others, `all_proxy` if these are missing, none for servers in `no_proxy`; each also in upper case. This
 * machine itself is always reached directly.
 *
 * @throws {Misuse} if a variable does not contain the address of an HTTP proxy.
 */
export function proxiesOf(env: Environment): Proxies {
  const secureProxy = proxyIn(env, "https_proxy") ?? proxyIn(env, "all_proxy");
  const plainProxy = proxyIn(env, "http_proxy") ?? proxyIn(env, "all_proxy");
  if (secureProxy === undefined && plainProxy === undefined) return () => undefined;
  const excepted = exceptions(named(env, "no_proxy")?.value ?? "");
  return (secure, host, port) => {
    const name = host.toLowerCase().replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
    return isLoopback(name) || excepted(name, port) ? undefined : secure ? secureProxy : plainProxy;
  };
}

function named(
  env: Environment,
  name: string,
): { readonly variable: string; readonly value: string } | undefined {
  for (const variable of [name, name.toUpperCase()]) {
    const value = env(variable)?.trim();
    if (value) return { variable, value };
  }
  return undefined;
}

function proxyIn(env: Environment, name: string): Proxy | undefined {
  const found = named(env, name);
  if (found === undefined) return undefined;
  const { variable, value } = found;
  const text = /^[a-z0-9+.-]+:\/\//i.test(value) ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:") throw noProxy(variable);
  const { hostname, port, username, password } = url;
  return {
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? 80 : Number(port),
    authorization: username === "" ? undefined : new Secret(basic(username, password)),
    variable,
  };
}

/**
 * Returns the credentials of a proxy for its header. They are encoded in a URL, but not in the header: RFC
 * 7617.
 */
function basic(username: string, password: string): string {
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return new TextEncoder().encode(text).toBase64();
}

/** Returns the error for a malformed variable. It does not show the value, which may contain a password. */
function noProxy(variable: string): Misuse {
  return new Misuse(`${variable} in the environment is not the address of an HTTP proxy`, {
    hint: "Write it as http://HOST:PORT; nightdrop speaks to no other kind (SOCKS, a proxy by TLS). " +
      "To use no proxy, add the name of the server to NO_PROXY",
  });
}

/**
 * Returns a function that reports whether a server is in a list such as `example.org,.corp:8080,10.0.0.0/8`.
 * A name includes its subdomains.
 */
function exceptions(list: string): (host: string, port: number) => boolean {
  const networks = new BlockList();
  const names: { readonly name: string; readonly port: string | undefined }[] = [];
  for (const entry of list.toLowerCase().split(/[\s,]+/).filter(Boolean)) {
    if (!addNetwork(networks, entry)) {
      const [, name = "", port] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry)!;
      names.push({ name, port });
    }
  }
  return (host, port) =>
    (isIP(host) !== 0 && networks.check(host, family(host))) ||
    names.some((it) =>
      (it.port === undefined || Number(it.port) === port) &&
      (it.name === "" || host === it.name || host.endsWith(`.${it.name}`))
    );
}

function addNetwork(networks: BlockList, entry: string): boolean {
  const [, address = "", bits] = /^\[?([0-9a-f.:]+)\]?(?:\/(\d+))?$/.exec(entry) ?? [];
  if (isIP(address) === 0) return false;
  if (bits === undefined) networks.addAddress(address, family(address));
  else networks.addSubnet(address, Number(bits), family(address));
  return true;
}

function family(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "::1" ||
    /^127\.\d+\.\d+\.\d+$/.test(host);
}
