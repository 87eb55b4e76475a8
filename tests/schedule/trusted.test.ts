/** The schedule of the owner's machine, judged by systemd itself. */
import assert from "node:assert/strict";
import { parseConfig } from "../../lib/config/parse.ts";
import { parseOwner } from "../../lib/config/owner.ts";
import { Misuse } from "../../lib/model/failure.ts";
import type { RunContext } from "../../lib/app/run_context.ts";
import { type Fleet, trustedCron, trustedUnits } from "../../lib/schedule/trusted.ts";
import { owner } from "../support/owner.ts";
import { withDirectory } from "../support/directory.ts";
import { foreignTest, run } from "../support/foreign.ts";

const BUCKET = {
  kind: "s3",
  bucket: "backups",
  region: "eu-central-1",
  prefix: "{host}",
  credentials: { file: "reader" },
};

/** A fleet of two hosts. */
function fleet(store: object = BUCKET, more: Partial<Fleet> & { readonly notify?: object } = {}): Fleet {
  const hosts = parseConfig({
    recipients: [{ file: "keys/backups.asc", fingerprint: owner.fingerprint }],
    store,
    retention: { days: 30 },
    hosts: { "web1.example.org": { paths: ["/etc"] }, "web2.example.org": { paths: ["/etc"] } },
  }, { directory: "/etc/nightdrop", stateDirectory: "/var/lib/nightdrop" });
  const { notify = {}, ...rest } = more;
  const parsed = parseOwner({ notify }, "/etc/nightdrop");
  assert.ok("notify" in parsed);
  return {
    hosts: [...hosts.values()],
    owner: parsed,
    identity: undefined,
    passphraseFile: undefined,
    ...rest,
  };
}

const KEY = { identity: "/root/keys/100% mine.asc", passphraseFile: "/root/keys/pass" };

/** Runs `body` with a machine that has a config. */
function withMachine(
  body: (how: RunContext, directory: string) => void | Promise<void>,
  uid = 0,
  config = "backup.config.ts",
): Promise<void> {
  return withDirectory(async (directory) => {
    Deno.writeTextFileSync(`${directory}/backup.config.ts`, "export default {};");
    const variables: Record<string, string> = { HOME: "/home/me", PATH: "/usr/bin:/bin" };
    await body({
      config: `${directory}/${config}`,
      uid,
      environment: (name) => variables[name],
      installation: { kind: "executable", file: Deno.execPath() },
    }, directory);
  });
}

Deno.test("cron watches and verifies the fleet every morning, and drills it every month if there is a key", () =>
  withMachine((how) => {
    const [file, ...others] = trustedCron(fleet(), how);
    assert.deepEqual([file!.path, others], ["/etc/cron.d/nightdrop-trusted", []]);
    const lines = file!.text.trimEnd().split("\n").filter((line) => /^\d/.test(line));
    const program = `root ${Deno.execPath()}`;
    assert.deepEqual(lines, [
      `45 7 * * * ${program} status --config ${how.config} --quiet`,
      `15 8 * * * ${program} verify --config ${how.config} --subset 1/30 --quiet`,
    ]);
    const drill = trustedCron(fleet(BUCKET, KEY), how)[0]!.text.trimEnd().split("\n").at(-1);
    const key = "--identity /root/keys/100\\%' mine.asc' --passphrase-file /root/keys/pass";
    assert.equal(drill, `15 10 1 * * ${program} drill --config ${how.config} --quiet ${key}`);
  }));

Deno.test("the crontab of a user who is not root names no user", () =>
  withMachine((how) => assert.match(trustedCron(fleet(), how)[0]!.text, /^45 7 \* \* \* \//m), 1000));

const FLEETS: readonly [what: string, uid: number, fleet: Fleet, exposure: number][] = [
  ["buckets", 0, fleet(), 21],
  ["a directory", 0, fleet({ kind: "directory", path: "/mnt/back ups" }), 12],
  [
    "a directory and notifications",
    0,
    fleet({ kind: "directory", path: "/mnt/x" }, {
      notify: { status: { ping: "https://hc.example.org/1" } },
    }),
    21,
  ],
  ["buckets, by a user", 1000, fleet(), 16],
];

foreignTest(
  ["systemd-analyze"],
  "systemd accepts the units of the owner's machine and rates them as safe",
  () =>
    withMachine(async (how, directory) => {
      for (const [what, uid, it, exposure] of FLEETS) {
        for (const keys of [{}, KEY]) {
          const units = trustedUnits({ ...it, ...keys }, { ...how, uid });
          assert.equal(units.length, "identity" in keys ? 6 : 4);
          for (const { path, text } of units) {
            Deno.writeTextFileSync(`${directory}/${path.split("/").at(-1)}`, text);
          }
          const files = units.map(({ path }) => `${directory}/${path.split("/").at(-1)}`);
          const { code, text, stderr } = await run("systemd-analyze", ["verify", "--man=no", ...files]);
          const reported = stderr.split("\n").filter((line) => line.includes("nightdrop-"));
          assert.deepEqual([code, text, reported], [0, "", []], `${what}: ${stderr}`);
          for (const file of files.filter((name) => /(status|verify)\.service$/.test(name))) {
            const rate = ["security", "--offline=true", `--threshold=${exposure}`, "--no-pager", file];
            const rated = await run("systemd-analyze", rate);
            assert.equal(
              rated.code,
              0,
              `${what}: ${rated.text.split("\n").filter((it) => /Overall/.test(it))}`,
            );
          }
        }
      }
    }),
);

Deno.test("the units write only the records and the cache of the owner, and have no network without need", () =>
  withMachine((how) => {
    const service = (it: Fleet, uid = 0, name = "status"): string =>
      trustedUnits(it, { ...how, uid }).find(({ path }) => path.endsWith(`${name}.service`))!.text;
    const root = service(fleet());
    assert.match(root, /^StateDirectory=nightdrop$/m);
    assert.match(root, /^CacheDirectory=nightdrop$/m);
    assert.doesNotMatch(root, /^(ReadWritePaths|LoadCredential|PrivateNetwork|RequiresMountsFor)/m);
    const user = service(fleet(), 1000);
    assert.match(user, /^User=1000$/m);
    assert.match(user, /^ReadWritePaths=\/home\/me\/.local\/state\/nightdrop$/m);
    assert.match(user, /^ReadWritePaths=-\/home\/me\/.cache\/nightdrop\/stores$/m);
    const directory = { kind: "directory", path: "/mnt/x" };
    assert.match(service(fleet(directory)), /^PrivateNetwork=yes$/m);
    const notified = fleet(directory, { notify: { verify: { ping: { file: "url" } } } });
    assert.doesNotMatch(service(notified), /^PrivateNetwork/m);
    assert.match(service(fleet(BUCKET, KEY), 0, "drill"), /^SystemCallFilter=@chown$/m);
    assert.doesNotMatch(root, /@chown|CAP_CHOWN/);
  }));

Deno.test("a schedule that would need secrets from the environment is refused, and says which", () =>
  withMachine((how) => {
    const cases: [Fleet, RegExp][] = [
      [fleet({ ...BUCKET, credentials: { env: "READER" } }), /variables READER_ACCESS_KEY_ID, READER_SECRET/],
      [fleet(BUCKET, { notify: { status: { ping: { env: "PING_URL" } } } }), /variables PING_URL/],
    ];
    for (const [it, expected] of cases) {
      for (const make of [trustedCron, trustedUnits]) assert.throws(() => make(it, how), expected);
    }
  }));

Deno.test("line breaks in paths cannot add a line to a crontab or to a unit", () =>
  withMachine((how, directory) => {
    const bad = "/root/a\n* * * * * root touch pwned\nExecStartPre=-touch pwned\n#";
    const config = `${directory}/a\n* * * * * root touch pwned`;
    Deno.writeTextFileSync(config, "export default {};");
    for (const make of [trustedCron, trustedUnits]) {
      assert.throws(() => make(fleet(BUCKET, { identity: bad }), how), Misuse);
      assert.throws(() => make(fleet(BUCKET, { ...KEY, passphraseFile: bad }), how), Misuse);
      assert.throws(() => make(fleet(), { ...how, config }), Misuse);
    }
  }));
