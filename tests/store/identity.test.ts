import assert from "node:assert/strict";
import { parseConfig } from "../../lib/config/parse.ts";
import type { S3Store } from "../../lib/config/types.ts";
import { bucketIdentity, directoryIdentity } from "../../lib/store/identity.ts";
import { CONTEXT } from "../config/base.ts";

const VAULT = "0123456789abcdef0123456789abcdef";

/** The identity of a store as a config says it. */
function identityOf(written: Record<string, unknown>): string {
  const store = { kind: "s3", bucket: "web1-backups", region: "eu-central-1", ...written };
  const recipients = [{ file: "k.asc", fingerprint: "a".repeat(40) }];
  const config = { recipients, store, retention: { days: 30 }, hosts: { web1: { paths: ["/etc"] } } };
  return bucketIdentity(parseConfig(config, CONTEXT).get("web1")!.store as S3Store);
}

const EXAMPLE = { endpoint: "https://s3.example.org" };

const SAME: [what: string, one: Record<string, unknown>, other: Record<string, unknown>][] = [
  ["a slash at the end of the endpoint", EXAMPLE, { endpoint: "https://s3.example.org/" }],
  ["the case of the endpoint", EXAMPLE, { endpoint: "HTTPS://S3.Example.ORG" }],
  ["a default port", EXAMPLE, { endpoint: "https://s3.example.org:443" }],
  ["a default port of http", { endpoint: "http://s3.example.org" }, {
    endpoint: "http://s3.example.org:80/",
  }],
  ["a dot at the end of the server's name", EXAMPLE, { endpoint: "https://s3.example.org." }],
  ["the form of an address", { endpoint: "http://127.0.0.1:9000" }, { endpoint: "http://127.1:9000" }],
  ["the form of an IPv6 address", { endpoint: "http://[::1]:9000" }, { endpoint: "http://[0:0::0:1]:9000" }],
  ["the form of an international name", { endpoint: "https://bücher.example" }, {
    endpoint: "https://xn--bcher-kva.example",
  }],
  ["Amazon's own endpoint of the region", {}, { endpoint: "https://s3.eu-central-1.amazonaws.com" }],
  ["Amazon's dual-stack endpoint", {}, { endpoint: "https://s3.dualstack.eu-central-1.amazonaws.com" }],
  ["Amazon's FIPS endpoint", {}, { endpoint: "https://s3-fips.eu-central-1.amazonaws.com" }],
  ["Amazon's old form of endpoints", {}, { endpoint: "https://s3-eu-central-1.amazonaws.com" }],
  ["Amazon's global endpoint", {}, { endpoint: "https://s3.amazonaws.com" }],
  ["a slash at the end of the prefix", { prefix: "a/b" }, { prefix: "a/b/" }],
  ["the host in the prefix", { prefix: "{host}" }, { prefix: "web1" }],
  ["the case of the vault", { vault: VAULT }, { vault: VAULT.toUpperCase() }],
  ["storage class, lock and credentials", {}, {
    storageClass: "STANDARD_IA",
    objectLock: { mode: "governance" },
    credentials: { env: "OTHER" },
  }],
];

for (const [what, one, other] of SAME) {
  Deno.test(`a bucket stays the same store whatever is ${what}`, () =>
    assert.equal(identityOf(one), identityOf(other)));
}

/** No two of these are the same store. */
const DIFFERENT: Record<string, unknown>[] = [
  {},
  { region: "eu-west-1" },
  { bucket: "web2-backups" },
  { prefix: "a" },
  { prefix: "a/b" },
  { prefix: "A" },
  { vault: VAULT },
  { vault: VAULT.replace("0", "1") },
  EXAMPLE,
  { endpoint: "http://s3.example.org" },
  { endpoint: "https://s3.example.org:9000" },
  { endpoint: "https://s3.example.com" },
  { endpoint: "https://s3.eu-west-1.amazonaws.com" },
  { endpoint: "https://s3.eu-central-1.amazonaws.com.example.org" },
  { ...EXAMPLE, region: "us-east-1" },
  { ...EXAMPLE, vault: VAULT },
  // Fields must not run into each other.
  { bucket: "web1-backupsa" },
  { prefix: `a","${VAULT}` },
];

Deno.test("another server, region, bucket, prefix or vault is another store", () => {
  const identities = [...DIFFERENT.map(identityOf), directoryIdentity(VAULT)];
  assert.equal(new Set(identities).size, identities.length);
});

Deno.test("a vault that provision did not make is refused", () => {
  for (const vault of ["", "x", VAULT.slice(1), `${VAULT}0`, 7]) {
    assert.throws(() => identityOf({ vault }), /store.vault/);
  }
});
