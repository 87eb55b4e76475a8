/** The config in a kit has the settings of the owner's config. */
import { KEYS } from "../config/keys.ts";
import assert from "node:assert/strict";
import { loadConfig } from "../../lib/config/load.ts";
import { parseConfig } from "../../lib/config/parse.ts";
import type { Config } from "../../lib/config/settings.ts";
import type { Host } from "../../lib/config/types.ts";
import { kitConfig, writeKit } from "../../lib/provisioning/kit.ts";
import { withDirectory } from "../support/directory.ts";
import { owner } from "../support/owner.ts";

const NAME = "web1.example.org";
const KEY = "0123456789abcdef0123456789abcdef01234567";
const stateDirectory = "/var/lib/nightdrop";

const SETTINGS: Config["hosts"][string] = {
  recipients: [{ file: "keys/a.asc", fingerprint: KEY }],
  signer: [KEY, KEY.replace("0", "f")],
  acknowledged: ["20261123T050000Z-0123456789abcdef"],
  store: {
    kind: "s3",
    bucket: "b-{host}",
    region: "r",
    endpoint: "https://s3.example.org",
    prefix: "p",
    storageClass: "X",
  },
  retention: { days: 90, refreshDays: 7 },
  attributes: false,
  checksums: false,
  expect: { every: "1.5 d" },
  alerts: { age: { warning: 3, critical: 4.5 }, churn: false, recipient: { warning: 60 }, signer: false },
  paths: ["/etc", "/srv"],
  exclude: ["*.tmp"],
  excludeIfPresent: [".nobackup"],
  excludeCaches: true,
  oneFileSystem: true,
  maxFileSize: "1 GiB",
  compression: { kind: "zstd", level: 9 },
  partSize: "8 MiB",
  jobs: 3,
  memory: "256 MiB",
  bandwidth: "2 MiB",
  dumps: [
    { name: "a.sql", command: ["pg_dumpall"], user: "postgres" },
    { name: "b.sql", command: ["./dump", "x y"] },
  ],
  hooks: {
    before: ["bin/before", ""],
    after: ["/bin/true"],
    failed: ["f"],
    finally: ["g"],
    timeLimit: "1.5 min",
  },
  notify: {
    ping: "https://ping.example.org/hunter2",
    webhook: { file: "hook.url" },
    textfile: "/var/lib/{host}.prom",
  },
  state: "/srv/state",
  environment: { PGPASSFILE: "/etc/nightdrop/pgpass", PGPASSWORD: { env: "PGPASSWORD" } },
};

/** The host as its owner's config and as its kit have it. */
function bothOf(settings: object): Promise<[owner: Host, kit: Host]> {
  return withDirectory(async (directory) => {
    const owner = parseConfig({ hosts: { [NAME]: settings } }, {
      directory: `${directory}/fleet`,
      stateDirectory,
    })
      .get(NAME)!;
    const text = kitConfig(owner, { configDirectory: `${directory}/fleet`, defaultState: stateDirectory });
    Deno.mkdirSync(`${directory}/kit`);
    Deno.writeTextFileSync(`${directory}/kit/backup.config.ts`, text);
    const kit = (await loadConfig(`${directory}/kit/backup.config.ts`, { stateDirectory })).get(NAME)!;
    return [settled(owner, `${directory}/fleet`), settled(kit, `${directory}/kit`)];
  });
}

/** Returns a host for comparison: without the kit's own paths, with readable secrets, and with its directory as `HERE`. */
function settled(host: Host, directory: string): Host {
  const { store, recipients, notify: { ping, ...notify } } = host;
  const text = JSON.stringify({
    ...host,
    store: { ...store, credentials: {} },
    recipients: recipients.map(({ fingerprint }) => fingerprint),
    notify: { ...notify, ping: ping !== undefined && "url" in ping ? ping.url.reveal() : ping },
  });
  return JSON.parse(text.replaceAll(directory, "HERE"));
}

Deno.test("the kit's config has all settings of the owner's config for its host", async () => {
  const [owner, kit] = await bothOf(SETTINGS);
  assert.deepEqual(kit, owner);
  assert.equal(kit.hooks.before?.[0], "HERE/bin/before");
});

Deno.test("the kit's config omits the settings that the owner's config omits", async () => {
  const { recipients, store, retention, paths } = SETTINGS;
  const [owner, kit] = await bothOf({ recipients, store, retention, paths });
  assert.deepEqual(kit, owner);
});

Deno.test("the comparison covers every key of a config", () => {
  // Those that only the owner's machine uses are not in the kit.
  const { hosts: _, drill: __, mirrors: ___, pins: ____, owner: _____, ...known } = KEYS;
  assert.deepEqual(Object.keys(SETTINGS).sort(), Object.keys(known).sort());
});

for (const umask of [0o000, 0o077]) {
  Deno.test(`with umask ${umask.toString(8)}, a kit is for its owner alone`, () =>
    withDirectory(async (directory) => {
      Deno.writeTextFileSync(`${directory}/a.asc`, owner.publicKey);
      const settings = { ...SETTINGS, recipients: [{ file: "a.asc", fingerprint: owner.fingerprint }] };
      const host = parseConfig({ hosts: { [NAME]: settings } }, { directory, stateDirectory }).get(NAME)!;
      const run = { report: () => {}, signal: new AbortController().signal, now: () => new Date() };
      const before = Deno.umask(umask);
      try {
        const kit = {
          directory: `${directory}/kit`,
          configDirectory: directory,
          defaultState: stateDirectory,
        };
        assert.equal((await writeKit(host, kit, run)).length, 4);
      } finally {
        Deno.umask(before);
      }
      for (const name of ["", "/keys"]) {
        assert.equal(Deno.statSync(`${directory}/kit${name}`).mode! & 0o777, 0o700, name);
      }
      for (const { name, isFile } of Deno.readDirSync(`${directory}/kit`)) {
        if (isFile) assert.equal(Deno.statSync(`${directory}/kit/${name}`).mode! & 0o022, 0, name);
      }
    }));
}
