import assert from "node:assert/strict";
import { BASE, KEY, problems } from "./base.ts";
import { MAX_PART_BYTES } from "../../lib/model/receipt.ts";

const ID = "20261123T050000Z-0123456789abcdef";

// deno-fmt-ignore
/** One row for each mistake: how the base config is changed, and the only line that must come. */
const MISTAKES: readonly [title: string, change: Record<string, unknown>, line: string | RegExp][] = [
  ["an unknown key", { retenton: 1 }, 'retenton: unknown key; did you mean "retention"?'],
  ["a key near to nothing", { xyz: 1 }, /^xyz: unknown key; known keys are recipients, .*, state, hosts, owner$/],
  ["an unknown key of the owner", { owner: { notfy: {} } }, 'owner.notfy: unknown key; did you mean "notify"?'],
  ["an owner in a host", at({ owner: {} }), /^hosts\.web1\.owner: unknown key; known keys are /],
  [
    "a URL of the owner that is none, which may be a secret",
    { owner: { notify: { status: { ping: "ftp://hunter2" } } } },
    /^owner\.notify\.status\.ping: must be an http or https URL; write "https:/,
  ],
  [
    "a metrics file of the owner",
    { owner: { notify: { verify: { textfile: "/x.prom" } } } },
    /^owner\.notify\.verify\.textfile: unknown key; write what to notify/,
  ],
  ["host for hosts", { host: {} }, 'host: unknown key; did you mean "hosts"?'],
  ["an unknown key of a host", at({ exlude: [] }), /^hosts\.web1\.exlude: unknown key; did you mean "exclude"\?$/],
  ["hosts in a host", at({ hosts: {} }), /^hosts\.web1\.hosts: unknown key; known keys are .*, state$/],

  ["no hosts", { hosts: undefined }, /^hosts: missing; write at least one host: /],
  ["empty hosts", { hosts: {} }, /^hosts: must have at least one host; write at least one host: /],
  ["hosts as a list", { hosts: ["a"] }, /^hosts: must have at least one host; /],
  ["a host that is no object", { hosts: { web1: ["/etc"] } }, /^hosts\.web1: must be an object; write .*paths/],
  ["a host in upper case", host("Web1"), 'hosts.Web1: must be the name of a host; write it in lower case: "web1"'],
  ["a host with a space", host("a b"), /^hosts\."a b": must be the name of a host; write letters, digits/],
  ["a host that climbs", host(".."), /^hosts\."\.\.": must be the name of a host; /],

  ["no recipients", { recipients: undefined }, /^hosts\.web1\.recipients: missing, here and at the top level; write .*keys/],
  ["empty recipients", { recipients: [] }, /^recipients: must not be empty; write at least one public key/],
  ["a recipient as text", { recipients: ["a.asc"] }, /^recipients\[0\]: must be an object, got a string; write .*file:/],
  ["no recipient file", recipient({ file: undefined }), /^recipients\[0\]\.file: missing; write the path/],
  ["no fingerprint", recipient({ fingerprint: undefined }), /^recipients\[0\]\.fingerprint: missing; .*gpg --show-keys/],
  ["a short key ID", recipient({ fingerprint: "0xDEADBEEF" }), /^recipients\[0\]\.fingerprint: must not be a short key ID: anyone can create another key with the same ID; write the whole/],
  ["a long key ID", recipient({ fingerprint: "0123456789ABCDEF" }), /must not be a short key ID: anyone .*; write the whole/],
  ["a cut fingerprint", recipient({ fingerprint: KEY.slice(1) }), /must have 40 or 64 digits, has 39; write/],
  ["a fingerprint with a letter", recipient({ fingerprint: KEY.replace("a", "g") }), /must be hexadecimal digits; write/],
  ["one key twice", { recipients: [BASE.recipients[0], BASE.recipients[0]] }, /^recipients: must not have 0123456789abcdef0123456789abcdef01234567 twice; write/],
  ["no signer in a list", at({ signer: [] }), /^hosts\.web1\.signer: must not be empty; write .*signing key/],
  ["a signer in a list that is short", at({ signer: [KEY, "0123"] }), /^hosts\.web1\.signer\[1\]: must have 40 or 64 digits, has 4/],
  ["a signer twice", at({ signer: [KEY, KEY.toUpperCase()] }), /^hosts\.web1\.signer: must not have 0123456789abcdef0123456789abcdef01234567 twice/],
  ["a signer that is no text", at({ signer: 5 }), /^hosts\.web1\.signer: must be a string, got 5; write/],
  ["a signer that is short", at({ signer: "0123456789abcdef" }), /^hosts\.web1\.signer: must not be a short key ID: anyone can create another key with the same ID; write .*signing key/],
  ["acknowledged as text", at({ acknowledged: "latest" }), /^hosts\.web1\.acknowledged: must be a list, got a string; write ids/],
  ["a part of a snapshot's id", at({ acknowledged: ["20261123"] }), /^hosts\.web1\.acknowledged\[0\]: must be the id of a snapshot; write ids .* in full/],
  ["a snapshot twice", at({ acknowledged: [ID, ID] }), /^hosts\.web1\.acknowledged: must not have 20261123T050000Z-0123456789abcdef twice; write/],

  ["a mirror in upper case", at({ mirrors: { Second: { store: BASE.store } } }), /^hosts\.web1\.mirrors\.Second: must be the name of a mirror; write stores by name/],
  ["a mirror named pins", at({ mirrors: { pins: { store: BASE.store } } }), /^hosts\.web1\.mirrors\.pins: must be the name of a mirror; write/],
  ["a mirror without a store", at({ mirrors: { b: {} } }), /^hosts\.web1\.mirrors\.b\.store: missing; write \{ kind: "s3"/],
  ["a mirror with a wrong bucket", at({ mirrors: { b: { store: { kind: "s3", bucket: "Bbb", region: "r" } } } }), /^hosts\.web1\.mirrors\.b\.store\.bucket: "Bbb" must have only/],
  ["a mirror with a short signer", at({ mirrors: { b: { store: BASE.store, signer: "0123" } } }), /^hosts\.web1\.mirrors\.b\.signer: must have 40 or 64 digits, has 4; write the fingerprint that/],
  ["pins without a store", at({ pins: {} }), /^hosts\.web1\.pins\.store: missing; write \{ kind: "s3"/],
  ["pins with a secret", at({ pins: { store: BASE.store, putCredentials: "secret" } }), /^hosts\.web1\.pins\.putCredentials: must be an object, got a string; write \{ env: "PINS" \}/],

  ["no store", { store: undefined }, /^hosts\.web1\.store: missing, here and at the top level; write \{ kind: "s3"/],
  ["a store as text", { store: "s3://x" }, /^store: cannot be a string; write \{ kind: "s3"/],
  ["a store of another kind", { store: { kind: "azure" } }, 'store.kind: cannot be "azure"; write "s3" or "directory"'],
  ["a store without a kind", { store: { path: "/x" } }, 'store.kind: missing; write "s3" or "directory"'],
  ["a directory without a path", { store: { kind: "directory" } }, /^store\.path: missing; write the path of a directory/],
  ["a directory in a bucket", { store: { kind: "directory", path: "/x", bucket: "b" } }, /^store\.bucket: unknown key; /],
  ["no bucket", s3({ bucket: undefined }), /^store\.bucket: missing; write the name of the bucket/],
  ["a bucket in upper case", s3({ bucket: "Backups" }), /^store\.bucket: "Backups" must have only lower-case letters, digits, dots and hyphens; write/],
  ["a bucket that is bad with the host in it", s3({ bucket: "{host}_b" }), /^store\.bucket: "web1_b" must have only lower-case letters, digits, dots and hyphens; write/],
  ["a bucket too long with the host in it", s3({ bucket: "{host}" + "x".repeat(60) }), /must have 3 to 63 characters, has 64; write/],
  ["another placeholder", s3({ bucket: "{hostname}-b" }), /^store\.bucket: must not have a placeholder other than \{host\}; write .*\{host\}/],
  ["another placeholder in a prefix", s3({ prefix: "{date}" }), /^store\.prefix: must not have a placeholder other than \{host\}/],
  ["a prefix with a slash before", s3({ prefix: "/a" }), /^store\.prefix: must not start with a slash; write/],
  ["a prefix that climbs", s3({ prefix: "a/../b" }), /^store\.prefix: must not have an empty, "\." or "\.\." directory; write/],
  ["a prefix with two slashes after", s3({ prefix: "a//" }), /^store\.prefix: must not have an empty, "\." or "\.\." directory/],
  ["a prefix that is too long", s3({ prefix: "é".repeat(300) }), /^store\.prefix: must be shorter; write/],
  ["no region", s3({ region: undefined }), /^store\.region: missing; write the region/],
  ["an empty region", s3({ region: "" }), /^store\.region: must not be empty; write the region/],
  ["a region with a space", s3({ region: "eu central" }), /^store\.region: "eu central" must have only letters, digits, dots, hyphens and underscores; write/],
  ["an endpoint without a scheme", s3({ endpoint: "s3.example.org" }), /^store\.endpoint: must be an http or https URL; write/],
  ["an endpoint of another scheme", s3({ endpoint: "ftp://a" }), /^store\.endpoint: must be an http or https URL; write/],
  ["an endpoint with a password", s3({ endpoint: "https://me:hunter2@a" }), /^store\.endpoint: must have only a server and a port; write/],
  ["an endpoint with a path", s3({ endpoint: "https://a/b" }), /^store\.endpoint: must not have a path; write/],
  ["an empty storage class", s3({ storageClass: "" }), /^store\.storageClass: must not be empty; write/],
  ["a text for create-only puts", s3({ createOnly: "no" }), /^store\.createOnly: must be true or false, got a string; write true or false/],
  ["a lock that is true", s3({ objectLock: true }), /^store\.objectLock: must be an object, got true; write .*governance/],
  ["a lock without a mode", s3({ objectLock: {} }), 'store.objectLock.mode: missing; write "governance" (the owner can unlock) or "compliance" (no user can)'],
  ["a lock of another mode", s3({ objectLock: { mode: "forever" } }), /^store\.objectLock\.mode: cannot be a string; write "governance"/],
  ["days of a lock", s3({ objectLock: { mode: "governance", days: 3 } }), /^store\.objectLock\.days: unknown key; write/],
  ["credentials as text", s3({ credentials: "AKIA:hunter2" }), /^store\.credentials: must be an object, got a string; write .*never the credentials/],
  ["credentials of both kinds", s3({ credentials: { env: "A", file: "b" } }), /^store\.credentials: must have either env or file; write/],
  ["credentials of no kind", s3({ credentials: {} }), /^store\.credentials: must have either env or file; write/],
  ["a secret in the config", s3({ credentials: { env: "AWS", secretAccessKey: "hunter2" } }), /^store\.credentials\.secretAccessKey: unknown key; write .*never the credentials/],
  ["a secret as a variable", s3({ credentials: { env: "hunter2/x" } }), /^store\.credentials\.env: must be the prefix of a variable name; write/],
  ["a whole variable as a prefix", s3({ credentials: { env: "AWS_ACCESS_KEY_ID" } }), /^store\.credentials\.env: must be a prefix, not a complete variable name; write/],

  ["dumps as an object", { dumps: { name: "a", command: ["a"] } }, /^dumps: must be a list, got an object; write commands by name/],
  ["a dump without a name", { dumps: [{ command: ["a"] }] }, /^dumps\[0\]\.name: missing; write the name of a file/],
  ["a dump with a path for a name", { dumps: [{ name: "a/b", command: ["a"] }] }, /^dumps\[0\]\.name: must be the name of a file, got "a\/b"; write/],
  ["a dump with a name too long", { dumps: [{ name: "é".repeat(128), command: ["a"] }] }, /^dumps\[0\]\.name: must be shorter; write/],
  ["a dump without a command", { dumps: [{ name: "a" }] }, /^dumps\[0\]\.command: missing; write a program and its arguments as strings: .*pg_dumpall/],
  ["a dump of a user by path", { dumps: [{ name: "a", command: ["a"], user: "a:b" }] }, /^dumps\[0\]\.user: "a:b" must have only letters, digits, dots, hyphens and underscores; write/],
  ["two dumps of one name", { dumps: [{ name: "a", command: ["a"] }, { name: "a", command: ["b"] }] }, /^dumps: must not have "a" twice; write/],
  ["hooks as a list", { hooks: ["a"] }, /^hooks\."0": unknown key; write commands by name/],
  ["an unknown hook", { hooks: { befor: ["a"] } }, 'hooks.befor: unknown key; did you mean "before"?'],
  ["a hook as a line of shell", { hooks: { before: "ls -l" } }, /^hooks\.before: must be a list, got a string; write a program and its arguments as strings: .*"sh"/],
  ["a hook without a program", at({ hooks: { after: [] } }), /^hosts\.web1\.hooks\.after: must not be empty; write a program/],
  ["a hook with an empty program", { hooks: { failed: ["", "a"] } }, /^hooks\.failed: must start with a program; write a program/],
  ["a hook with a number", { hooks: { finally: ["sleep", 1] } }, /^hooks\.finally\[1\]: must be a string, got 1; write/],
  ["a time limit without a unit", { hooks: { timeLimit: "10" } }, /^hooks\.timeLimit: must be a duration, got "10"; write/],
  ["a time limit of nothing", { hooks: { timeLimit: "0 s" } }, /^hooks\.timeLimit: must be a duration, got "0 s"; write/],
  ["notify as a text", { notify: "https://a/hunter2" }, /^notify: must be an object, got a string; write what to notify/],
  ["a ping that is no URL", { notify: { ping: "hunter2" } }, /^notify\.ping: must be an http or https URL; write/],
  ["a ping of another scheme", { notify: { ping: "file:///hunter2" } }, /^notify\.ping: must be an http or https URL; write/],
  ["a ping of both kinds", { notify: { ping: { env: "A", file: "b" } } }, /^notify\.ping: must have either env or file; write/],
  ["a ping of no kind", { notify: { ping: {} } }, /^notify\.ping: must have either env or file; write/],
  ["a secret as a variable of a ping", { notify: { ping: { env: "hunter2/x" } } }, /^notify\.ping\.env: must be the name of a variable; write/],
  ["a webhook with an unknown key", { notify: { webhook: { url: "https://hunter2" } } }, /^notify\.webhook\.url: unknown key; write/],
  ["a textfile of another name", { notify: { textfile: "/var/lib/x.txt" } }, /^notify\.textfile: must end in "\.prom", or no collector reads it; write/],
  ["a bandwidth of modems", { bandwidth: 1024 }, /^bandwidth: cannot be 1024; write a limit per second, at least 64 KiB/],
  ["a bandwidth in bits", { bandwidth: "10 Mbit" }, /^bandwidth: must be a size in KiB, MiB, GiB or TiB, got "10 Mbit"; write/],

  ["no retention", { retention: undefined }, /^hosts\.web1\.retention: missing, here and at the top level; write .*\{ days: 180 \}/],
  ["retention as a number", { retention: 180 }, /^retention: must be an object, got 180; write .*\{ days: 180 \}/],
  ["no days", { retention: {} }, /^retention\.days: missing; write a whole number of days/],
  ["no day", { retention: { days: 0 } }, /^retention\.days: cannot be 0; write a whole number of days/],
  ["half a day", { retention: { days: 1.5 } }, /^retention\.days: cannot be 1\.5; write/],
  ["days as text", { retention: { days: "180" } }, /^retention\.days: must be a number, got a string; write/],
  ["days without end", { retention: { days: Infinity } }, /^retention\.days: cannot be Infinity; write/],
  ["more than a century", { retention: { days: 36501 } }, /^retention\.days: cannot be 36501; write/],
  ["refreshDays below zero", { retention: { days: 1, refreshDays: -1 } }, /^retention\.refreshDays: cannot be -1; write/],
  ["half a day to refresh", { retention: { days: 1, refreshDays: 0.5 } }, /^retention\.refreshDays: cannot be 0\.5; write/],
  ["refreshDays beyond a century", { retention: { days: 1, refreshDays: 36501 } }, /^retention\.refreshDays: cannot be 36501/],

  ["no paths", { hosts: { web1: {} } }, /^hosts\.web1\.paths: missing, here and at the top level; write a list of files/],
  ["empty paths", at({ paths: [] }), /^hosts\.web1\.paths: must not be empty; write a list of files/],
  ["one path as text", at({ paths: "/etc" }), /^hosts\.web1\.paths: must be a list, got a string; write a list/],
  ["an empty path", at({ paths: [""] }), /^hosts\.web1\.paths\[0\]: must not be empty; write/],
  ["a path with a NUL", at({ paths: ["/etc", "/a\0b"] }), /^hosts\.web1\.paths\[1\]: must not have a NUL character; write/],
  ["a path of a shell", at({ paths: ["~/mail"] }), /^hosts\.web1\.paths\[0\]: must not start with ~, which only a shell expands; write/],
  ["a path twice", at({ paths: ["/etc", "/etc/x/.."] }), /^hosts\.web1\.paths: must not have \/etc twice; write/],
  ["exclude as text", { exclude: "*.tmp" }, /^exclude: must be a list, got a string; write a list of patterns/],
  ["a pattern that is a number", { exclude: ["a", 1] }, /^exclude\[1\]: must be a string, got 1; write a list of patterns/],
  ["a pattern that takes back", { exclude: ["!a"] }, /^exclude\[0\]: must not start with "!": patterns cannot be negated; write/],
  ["a marker with a slash", { excludeIfPresent: ["a/b"] }, /^excludeIfPresent\[0\]: must be the name of a file, got "a\/b"; write/],
  ["a switch as text", { oneFileSystem: "yes" }, "oneFileSystem: must be true or false, got a string; write true or false"],
  ["a switch as a number", { excludeCaches: 1 }, "excludeCaches: must be true or false, got 1; write true or false"],
  ["a size of nothing", { maxFileSize: 0 }, /^maxFileSize: cannot be 0; write a size/],
  ["an ambiguous size", { maxFileSize: "16 MB" }, /^maxFileSize: must be a size in KiB, MiB, GiB or TiB, got "16 MB"; write a size/],
  ["a size that is true", { maxFileSize: true }, /^maxFileSize: cannot be true; write a size/],

  ["another compression", { compression: "lz4" }, 'compression.kind: cannot be "lz4"; write "zstd", "gzip" or "none"'],
  ["compression as a number", { compression: 3 }, /^compression: cannot be 3; write "zstd"/],
  ["a level for gzip", { compression: { kind: "gzip", level: 9 } }, /^compression\.level: unknown key; write "zstd"/],
  ["a level too high", { compression: { kind: "zstd", level: 20 } }, /^compression\.level: cannot be 20; write .*1 \(fast\)/],
  ["a level too low", { compression: { kind: "zstd", level: 0 } }, /^compression\.level: cannot be 0; write/],
  ["parts too small", { partSize: 64 * 1024 - 1 }, /^partSize: cannot be 65535; write a size from 64 KiB/],
  ["parts larger than readers take", { partSize: MAX_PART_BYTES + 1 }, /^partSize: cannot be 268435457; write/],
  ["a size without its unit", { memory: "512" }, /^memory: must be a size in KiB, MiB, GiB or TiB, got "512"; write a size/],
  ["half a byte", { partSize: 70000.5 }, /^partSize: must be a whole number of bytes, got 70000\.5; write/],
  ["less memory than Deno takes", { memory: "32 MiB" }, /^memory: cannot be 33554432; write a size of at least 64/],
  ["no volume at a time", { jobs: 0 }, /^jobs: cannot be 0; write a whole number, 1 to 64/],
  ["half a volume at a time", { jobs: 1.5 }, /^jobs: cannot be 1\.5; write a whole number, 1 to 64/],
  ["state as null", { state: null }, "state: must be a string, got null; write the path of a directory, or leave it out"],
];

/** The base config with a host `web1`, these settings in its entry. */
function at(settings: Record<string, unknown>): Record<string, unknown> {
  return { hosts: { web1: { paths: ["/etc"], ...settings } } };
}

function host(name: string): Record<string, unknown> {
  return { store: { kind: "directory", path: "/x" }, hosts: { [name]: { paths: ["/etc"] } } };
}

function s3(settings: Record<string, unknown>): Record<string, unknown> {
  return { store: { ...BASE.store, ...settings } };
}

function recipient(settings: Record<string, unknown>): Record<string, unknown> {
  return { recipients: [{ ...BASE.recipients[0], ...settings }] };
}

for (const [title, change, expected] of MISTAKES) {
  Deno.test(`a config with ${title} is refused with its path and a hint`, () => {
    const [line, ...more] = problems({ ...BASE, ...at({}), ...change });
    assert.deepEqual(more, [], "one mistake is one problem");
    if (typeof expected === "string") assert.equal(line, expected);
    else assert.match(line ?? "accepted", expected);
    assert.doesNotMatch(line ?? "", /hunter2/, "what may be a secret is not shown");
  });
}
