import type { StoreErrorKind } from "../contract.ts";
import { ProxyError } from "./proxy_error.ts";

/** Kind, reason and hint of an error. */
export type ErrorDescription = readonly [kind: StoreErrorKind, message: string, hint?: string];

const UNKNOWN_HOST: ErrorDescription = [
  "unreachable",
  "its host name has no address",
  "Check endpoint and region in the config, and this machine's name servers",
];
const CUT: ErrorDescription = ["unreachable", "the connection was cut"];
const NO_ROUTE: ErrorDescription = [
  "unreachable",
  "there is no route to it",
  "Check this machine's network and firewall",
];
const NOT_ALLOWED: ErrorDescription = [
  "denied",
  "the permissions of this run do not include it",
  "Run nightdrop with the permissions that `nightdrop permissions` prints",
];
const UNTRUSTED: ErrorDescription = [
  "setup",
  "this machine does not trust its TLS certificate: unknown authority, self-signed, expired, or not valid yet",
  "For a private authority set NODE_EXTRA_CA_CERTS to the file of its certificate; otherwise renew the certificate of the server, and " +
  "check this machine's clock",
];
const NO_TLS: ErrorDescription = [
  "setup",
  "it does not use TLS at this port",
  "Check the port, or begin the endpoint with http://",
];

/** Meaning of the `code` of socket errors of Node and Deno. */
const CODES: ReadonlyMap<string, ErrorDescription> = new Map(Object.entries<ErrorDescription>({
  ENOTFOUND: UNKNOWN_HOST,
  EAI_AGAIN: UNKNOWN_HOST,
  EAI_FAIL: UNKNOWN_HOST,
  ECONNREFUSED: ["unreachable", "connection refused", "Check the endpoint, and that the server runs"],
  ECONNRESET: CUT,
  ECONNABORTED: CUT,
  EPIPE: CUT,
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  ENETDOWN: NO_ROUTE,
  EADDRNOTAVAIL: NO_ROUTE,
  EINVAL: NO_ROUTE, // Deno 2.9.6 reports EADDRNOTAVAIL for an IPv6 address as EINVAL on a machine without IPv6
  ETIMEDOUT: ["timeout", "no answer in time"],
  EPERM: NOT_ALLOWED,
  EACCES: NOT_ALLOWED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  CERT_HAS_EXPIRED: [
    "setup",
    "its TLS certificate has expired",
    "Renew it, and check this machine's clock",
  ],
  CERT_NOT_YET_VALID: ["setup", "its TLS certificate is not valid yet", "Check this machine's clock"],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    "setup",
    "its TLS certificate is for another host name",
    "Set the endpoint to the name in the certificate",
  ],
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  EPROTO: NO_TLS,
}));

/** Returns the meaning of an error below HTTP; undefined for any other. */
export function networkFinding(error: Error): ErrorDescription | undefined {
  if (error instanceof ProxyError) return proxyFinding(error);
  if (error instanceof Deno.errors.NotCapable) return NOT_ALLOWED;
  const { code } = error as { code?: unknown };
  if (typeof code === "string") return CODES.get(code) ?? byFamily(code);
  return error.name === "TimeoutError" ? CODES.get("ETIMEDOUT") : undefined;
}

function byFamily(code: string): ErrorDescription | undefined {
  if (code.startsWith("ERR_SSL_")) {
    return [
      "setup",
      `the TLS handshake failed (${code})`,
      "Check the endpoint and the server's TLS versions",
    ];
  }
  // Errors of the HTTP parser, such as a TLS answer to a request without TLS.
  if (code.startsWith("HPE_")) {
    return [
      "setup",
      "it does not answer with HTTP",
      "Check the port, or begin the endpoint with https://",
    ];
  }
  return undefined;
}

function proxyFinding({ proxy, variable, status, cause }: ProxyError): ErrorDescription {
  const check = `Check ${variable} in the environment, and that the proxy runs`;
  if (status === undefined) {
    const [kind, message, hint] = networkFinding(cause as Error) ?? CUT;
    return [
      kind,
      `the proxy ${proxy} cannot be reached: ${message}`,
      kind === "denied" && hint !== undefined ? hint : check,
    ];
  }
  if (status === 407) {
    const how = `Write them into ${variable}: http://USER:PASSWORD@HOST:PORT`;
    return ["setup", `the proxy ${proxy} needs a user name and a password`, how];
  }
  if (status >= 500) return ["unreachable", `the proxy ${proxy} cannot reach it (${status})`];
  if (status < 400) return ["setup", `${proxy} is not an HTTP proxy`, check];
  const except = "Allow the server in the proxy, or add its name to NO_PROXY";
  return ["setup", `the proxy ${proxy} refuses connections to it (${status})`, except];
}
