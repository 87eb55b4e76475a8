import assert from "node:assert/strict";
import fc from "fast-check";
import { DAY_MS } from "../../lib/model/day.ts";
import { DEFAULT_ALERTS } from "../../lib/config/alerts.ts";
import { DEFAULT_DRILL } from "../../lib/config/drill.ts";
import { Misuse } from "../../lib/model/failure.ts";
import { MAX_PART_BYTES } from "../../lib/model/receipt.ts";
import { KEYS } from "./keys.ts";
import { BASE, CONTEXT, KEY, problems } from "./base.ts";
import { parseConfig } from "../../lib/config/parse.ts";
import type { Config } from "../../lib/config/settings.ts";
import type { Host } from "../../lib/config/types.ts";

function only(config: unknown): Host {
  const hosts = [...parseConfig(config, CONTEXT).values()];
  assert.equal(hosts.length, 1);
  return hosts[0]!;
}

Deno.test("parseConfig fills in every default", () => {
  assert.deepEqual(only(BASE), {
    name: "web1.example.org",
    recipients: [{ file: "/srv/backup/keys/backups.asc", fingerprint: KEY }],
    signers: [],
    acknowledged: [],
    store: {
      kind: "s3",
      bucket: "web1.example.org-backups",
      region: "eu-central-1",
      endpoint: undefined,
      prefix: "",
      vault: undefined,
      storageClass: undefined,
      createOnly: true,
      objectLock: undefined,
      credentials: { env: "AWS" },
    },
    retention: { days: 180, refreshDays: 30 },
    selection: {
      paths: ["/etc"],
      exclude: [],
      excludeIfPresent: [],
      excludeCaches: false,
      oneFileSystem: false,
      maxFileSize: undefined,
    },
    attributes: true,
    checksums: true,
    compression: { kind: "zstd", level: 3 },
    partSize: undefined,
    jobs: undefined,
    memory: undefined,
    bandwidth: undefined,
    dumps: [],
    environment: {},
    hooks: {
      before: undefined,
      after: undefined,
      failed: undefined,
      finally: undefined,
      timeLimit: 3_600_000,
    },
    notify: { ping: undefined, webhook: undefined, textfile: undefined },
    expect: { every: undefined },
    alerts: DEFAULT_ALERTS,
    drill: DEFAULT_DRILL,
    mirrors: [],
    pins: undefined,
    state: "/var/lib/nightdrop",
  });
});

Deno.test("parseConfig completes thresholds by their defaults and switches rules off", () => {
  const { alerts, expect } = only({
    ...BASE,
    hosts: {
      web1: {
        paths: ["/etc"],
        expect: { every: "31 d" },
        alerts: { age: { warning: 3 }, churn: false, bytes: true, signer: false },
      },
    },
  });
  assert.equal(expect.every, 31 * DAY_MS);
  assert.deepEqual(alerts, {
    ...DEFAULT_ALERTS,
    age: { warning: 3, critical: 2 },
    churn: false,
    signer: false,
  });
});

Deno.test("parseConfig accepts one signer or a list", () => {
  const signersOf = (signer: string | readonly string[]): readonly string[] =>
    only({ ...BASE, hosts: { web1: { paths: ["/etc"], signer } } }).signers;
  assert.deepEqual(signersOf(KEY.toUpperCase()), [KEY]);
  assert.deepEqual(signersOf([KEY]), [KEY]);
  assert.deepEqual(signersOf([KEY, "ab".repeat(20)]), [KEY, "ab".repeat(20)]);
});

Deno.test("parseConfig keeps every setting that is given", () => {
  const host = {
    recipients: [{ file: "/keys/a.asc", fingerprint: KEY.toUpperCase() }, {
      file: "../b.asc",
      fingerprint: "ab".repeat(32),
    }],
    signer: KEY.replace(/(....)/g, "$1 "),
    acknowledged: ["20261123T050000Z-0123456789abcdef"],
    store: {
      kind: "s3",
      bucket: "b.{host}",
      region: "default",
      endpoint: "http://127.0.0.1:8000/",
      prefix: "all/{host}/",
      storageClass: "STANDARD_IA",
      createOnly: false,
      objectLock: { mode: "compliance" },
      credentials: { file: "secret/{host}" },
    },
    retention: { days: 1, refreshDays: 0 },
    paths: ["/etc/", "data/./x", "/"],
    exclude: ["*.tmp"],
    excludeIfPresent: [".nobackup"],
    excludeCaches: true,
    oneFileSystem: true,
    maxFileSize: "1.5 GiB",
    attributes: false,
    checksums: false,
    compression: { kind: "zstd", level: 19 },
    partSize: MAX_PART_BYTES,
    jobs: 3,
    memory: "128 MiB",
    bandwidth: "2 MiB",
    dumps: [{ name: "a.sql", command: ["./dump", "./x"] }, {
      name: "b",
      command: ["b"],
      user: "b",
      timeLimit: "6 h",
    }],
    environment: { PGPASSFILE: "/etc/pgpass", PGPASSWORD: { env: "SECRET" }, EMPTY: "" },
    hooks: {
      before: ["sh", "-c", "exit 0"],
      after: ["bin/a"],
      failed: ["b", ""],
      finally: ["c"],
      timeLimit: "1.5 min",
    },
    notify: { ping: { env: "PING_URL" }, webhook: { file: "hook" }, textfile: "{host}.prom" },
    expect: { every: "12 h" },
    alerts: { ...DEFAULT_ALERTS, duration: { warning: 10 } },
    drill: {
      always: ["/etc/hostname", "canary"],
      files: 5,
      bytes: "1 GiB",
      dumps: {
        "a.sql": {
          load: ["./load", "{file}"],
          check: ["sqlite3", "{directory}/a.db"],
          expect: ">0",
          timeLimit: "2 min",
        },
        b: { check: ["check"] },
      },
    },
    mirrors: {
      second: {
        store: { kind: "s3", bucket: "m.{host}", region: "r", credentials: { env: "MIRROR" } },
        putCredentials: { file: "put" },
        signer: KEY.toUpperCase(),
      },
      third: { store: { kind: "directory", path: "mirror" } },
    },
    pins: { store: { kind: "directory", path: "/mnt/pins" }, putCredentials: { env: "PINS" } },
    state: "state",
  } as const satisfies Config["hosts"][string];
  assert.deepEqual(only({ hosts: { db1: host } }), {
    name: "db1",
    recipients: [
      { file: "/keys/a.asc", fingerprint: KEY },
      { file: "/srv/b.asc", fingerprint: "ab".repeat(32) },
    ],
    signers: [KEY],
    acknowledged: ["20261123T050000Z-0123456789abcdef"],
    store: {
      kind: "s3",
      bucket: "b.db1",
      region: "default",
      endpoint: "http://127.0.0.1:8000",
      prefix: "all/db1",
      vault: undefined,
      storageClass: "STANDARD_IA",
      createOnly: false,
      objectLock: { mode: "compliance" },
      credentials: { file: "/srv/backup/secret/{host}" },
    },
    retention: { days: 1, refreshDays: 0 },
    selection: {
      paths: ["/etc", "/srv/backup/data/x", "/"],
      exclude: ["*.tmp"],
      excludeIfPresent: [".nobackup"],
      excludeCaches: true,
      oneFileSystem: true,
      maxFileSize: 1.5 * 2 ** 30,
    },
    attributes: false,
    checksums: false,
    compression: { kind: "zstd", level: 19 },
    partSize: MAX_PART_BYTES,
    jobs: 3,
    memory: 128 * 2 ** 20,
    bandwidth: 2 * 2 ** 20,
    dumps: [
      { name: "a.sql", command: ["/srv/backup/dump", "./x"], user: undefined, timeLimit: 12 * 3_600_000 },
      { name: "b", command: ["b"], user: "b", timeLimit: 6 * 3_600_000 },
    ],
    environment: { PGPASSFILE: "/etc/pgpass", PGPASSWORD: { env: "SECRET" }, EMPTY: "" },
    hooks: {
      before: ["sh", "-c", "exit 0"],
      after: ["/srv/backup/bin/a"],
      failed: ["b", ""],
      finally: ["c"],
      timeLimit: 90_000,
    },
    notify: {
      ping: { env: "PING_URL" },
      webhook: { file: "/srv/backup/hook" },
      textfile: "/srv/backup/db1.prom",
    },
    expect: { every: 12 * 3_600_000 },
    alerts: { ...DEFAULT_ALERTS, duration: { warning: 10 } },
    drill: {
      always: ["/etc/hostname", "/srv/backup/canary"],
      files: 5,
      bytes: 2 ** 30,
      dumps: [
        {
          name: "a.sql",
          load: ["/srv/backup/load", "{file}"],
          check: ["sqlite3", "{directory}/a.db"],
          expect: ">0",
          timeLimit: 120_000,
        },
        { name: "b", load: undefined, check: ["check"], expect: undefined, timeLimit: 3_600_000 },
      ],
    },
    mirrors: [
      {
        name: "second",
        store: {
          kind: "s3",
          bucket: "m.db1",
          region: "r",
          endpoint: undefined,
          prefix: "",
          vault: undefined,
          storageClass: undefined,
          createOnly: true,
          objectLock: undefined,
          credentials: { env: "MIRROR" },
        },
        putCredentials: { file: "/srv/backup/put" },
        signers: [KEY],
      },
      {
        name: "third",
        store: { kind: "directory", path: "/srv/backup/mirror" },
        putCredentials: undefined,
        signers: [],
      },
    ],
    pins: { store: { kind: "directory", path: "/mnt/pins" }, putCredentials: { env: "PINS" } },
    state: "/srv/backup/state",
  });
});

Deno.test("a host overrides each key of the top level as a whole", () => {
  const hosts = parseConfig({
    ...BASE,
    exclude: ["*.tmp"],
    compression: "none",
    hosts: {
      a: { paths: ["/a"], exclude: [], store: { kind: "directory", path: "/mnt/{host}" } },
      b: { paths: ["/b"], compression: "gzip", exclude: undefined },
    },
  }, CONTEXT);
  const [a, b] = [hosts.get("a")!, hosts.get("b")!];
  assert.deepEqual(a.selection.exclude, []);
  assert.deepEqual(b.selection.exclude, ["*.tmp"], "what is undefined was not written");
  assert.deepEqual(a.store, { kind: "directory", path: "/mnt/a" });
  assert.deepEqual(b.store.kind === "s3" && b.store.bucket, "b-backups");
  assert.deepEqual([a.compression, b.compression], [{ kind: "none" }, { kind: "gzip" }]);
});

Deno.test("all mistakes are reported at once, those of the top level only once", () => {
  const found = problems({
    ...BASE,
    colour: 1,
    retention: { days: 0 },
    store: { kind: "s3", bucket: "{host}_", region: "" },
    hosts: {
      "Web1": { paths: [] },
      a: { exclude: [3, ""], store: { kind: "directory" } },
      b: { paths: ["/"], colour: 1, flavour: 2 },
    },
  });
  assert.deepEqual(found.map((line) => line.slice(0, line.indexOf(": "))), [
    "store.region",
    "retention.days",
    "colour",
    "hosts.Web1",
    "store.bucket",
    "hosts.Web1.paths",
    "hosts.a.store.path",
    "hosts.a.paths",
    "hosts.a.exclude[0]",
    "hosts.a.exclude[1]",
    "store.bucket",
    "hosts.b.colour",
    "hosts.b.flavour",
  ]);
  const at = (text: string): number => found.filter((line) => line.includes(text)).length;
  assert.deepEqual([at('"Web1_"'), at('"b_"')], [1, 1], "the bucket is bad for each host with another name");
});

Deno.test("defaults that every host overrides are checked too", () => {
  const found = problems({
    ...BASE,
    retention: { days: -1 },
    hosts: { a: { paths: ["/"], retention: { days: 1 } } },
  });
  assert.equal(found.length, 1);
  assert.match(found[0]!, /^retention\.days: cannot be -1/);
});

for (const value of [undefined, null, 3, "config", [], () => BASE]) {
  Deno.test(`a config that is ${JSON.stringify(value) ?? typeof value} is refused`, () => {
    assert.throws(() => parseConfig(value, CONTEXT), (thrown) => {
      return thrown instanceof Misuse && /does not export an object/.test(thrown.message) &&
        thrown.hint !== undefined;
    });
  });
}

Deno.test("any value is parsed or refused with a Misuse", () => {
  const keys = fc.constantFrom(
    "hosts",
    "store",
    "kind",
    "paths",
    "recipients",
    "web1",
    "days",
    "s3",
    "retention",
  );
  const { tree } = fc.letrec((tie) => ({
    leaf: fc.oneof(fc.constantFrom(undefined, null, NaN, "s3", "directory", "16 MiB"), fc.jsonValue()),
    tree: fc.oneof(
      { depthSize: "small" },
      tie("leaf"),
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(fc.oneof(keys, fc.string()), tie("tree"), { maxKeys: 4 }),
    ),
  }));
  fc.assert(fc.property(tree, (value) => {
    assert.ok(Array.isArray(problems(value)));
    assert.ok(Array.isArray(problems({ ...BASE, hosts: value })));
    assert.ok(Array.isArray(problems({ ...BASE, store: value, recipients: value })));
  }));
});

Deno.test("the types of the config and its schema have the same keys", () => {
  const known = problems({ ...BASE, x: 1 })[0]!.replace(/^.*known keys are /, "").split(", ").sort();
  assert.deepEqual(known, Object.keys(KEYS).sort());
});
