import assert from "node:assert/strict";
import { Failure } from "../../lib/model/failure.ts";
import { type HostMetrics, textfile, writeTextfile } from "../../lib/notify/textfile.ts";
import { foreignTest, must, run } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";

const HOST = "web1.example.org";
const DAY = 86_400;

function metrics(changes: Partial<HostMetrics> = {}): HostMetrics {
  return {
    host: HOST,
    run: {
      ended: new Date("2026-11-23T05:00:00.250Z"),
      seconds: 12.5,
      exitCode: 0,
      warnings: 1,
      outputLost: false,
    },
    snapshot: { entries: 1000, bytes: 5_000_000_000, stored: 2_000_000_000, objects: 130, unread: 0 },
    keys: [
      { fingerprint: "a".repeat(40), created: new Date("2026-01-01T00:00:00Z"), expires: undefined },
      {
        fingerprint: "b".repeat(40),
        created: new Date("2026-01-01T00:00:00Z"),
        expires: new Date("2027-01-01T00:00:00Z"),
      },
    ],
    ...changes,
  };
}

function failed(exitCode: number, days: number): HostMetrics {
  const ended = new Date(new Date("2026-11-23T05:00:00Z").getTime() + days * DAY * 1000);
  return metrics({
    run: { ended, seconds: 3, exitCode, warnings: 0, outputLost: false },
    snapshot: undefined,
    keys: [],
  });
}

/** Samples by name and labels. */
function samples(text: string): Map<string, number> {
  const lines = text.trim().split("\n").filter((line) => !line.startsWith("#"));
  return new Map(
    lines.map((
      line,
    ) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
}

function of(text: string, name: string): number | undefined {
  return samples(text).get(`nightdrop_${name}{host="${HOST}"}`);
}

Deno.test("a complete backup has all metrics", () => {
  const text = textfile(metrics(), "");
  assert.equal(of(text, "last_success_timestamp_seconds"), 1_795_410_000.25);
  assert.equal(of(text, "last_run_duration_seconds"), 12.5);
  assert.equal(of(text, "last_run_exit_code"), 0);
  assert.equal(of(text, "last_snapshot_content_bytes"), 5_000_000_000);
  const keys = [...samples(text)].filter(([name]) => name.startsWith("nightdrop_recipient_key_"));
  assert.deepEqual(keys.map(([name]) => name.replace(/([ab])\1{39}/, "$1")), [
    `nightdrop_recipient_key_created_timestamp_seconds{host="${HOST}",fingerprint="a"}`,
    `nightdrop_recipient_key_created_timestamp_seconds{host="${HOST}",fingerprint="b"}`,
    `nightdrop_recipient_key_expiry_timestamp_seconds{host="${HOST}",fingerprint="b"}`,
  ]);
});

Deno.test("a failed run keeps the time of the last success and the metrics of the last snapshot", () => {
  const good = textfile(metrics(), "");
  const bad = textfile(failed(1, 2), textfile(failed(130, 1), good));
  for (
    const name of [
      "last_success_timestamp_seconds",
      "last_snapshot_timestamp_seconds",
      "last_snapshot_entries",
    ]
  ) {
    assert.equal(of(bad, name), of(good, name), name);
  }
  assert.equal(of(bad, "last_run_exit_code"), 1);
  assert.ok(of(bad, "last_run_timestamp_seconds")! > of(good, "last_run_timestamp_seconds")! + DAY);
});

Deno.test("an incomplete snapshot is the last snapshot, but not a success", () => {
  const good = textfile(metrics(), "");
  const ended = new Date("2026-11-24T05:00:00Z");
  const half = metrics({
    run: { ended, seconds: 3, exitCode: 3, warnings: 0, outputLost: true },
    snapshot: { entries: 7, bytes: 1, stored: 1, objects: 3, unread: 2 },
  });
  const text = textfile(half, good);
  assert.equal(of(text, "last_success_timestamp_seconds"), of(good, "last_success_timestamp_seconds"));
  assert.equal(of(text, "last_snapshot_timestamp_seconds"), ended.getTime() / 1000);
  assert.equal(of(text, "last_snapshot_unread"), 2);
});

Deno.test("before the first success its time is missing, not 1970", () => {
  const text = textfile(failed(1, 0), "");
  assert.deepEqual([...samples(text).keys()].map((name) => name.replace(/\{.*/, "")), [
    "nightdrop_last_run_timestamp_seconds",
    "nightdrop_last_run_duration_seconds",
    "nightdrop_last_run_exit_code",
    "nightdrop_last_run_warnings",
    "nightdrop_last_run_output_lost",
  ]);
});

Deno.test("values of other hosts and foreign lines are not copied from the previous file", () => {
  const others = textfile(metrics({ host: "db1.example.org" }), "");
  const nonsense = `nightdrop_last_success_timestamp_seconds{host="${HOST}"} NaN\nx{host="${HOST}"} 3\n`;
  assert.equal(of(textfile(failed(1, 0), others + nonsense), "last_success_timestamp_seconds"), undefined);
});

Deno.test("the file is replaced atomically, is readable for all, and leaves no temporary file", () =>
  withDirectory((directory) => {
    const file = `${directory}/nightdrop.prom`;
    writeTextfile(file, metrics());
    using reader = Deno.openSync(file);
    writeTextfile(file, failed(1, 1));
    assert.notEqual(reader.statSync().ino, Deno.statSync(file).ino);
    assert.equal(of(Deno.readTextFileSync(file), "last_snapshot_entries"), 1000);
    assert.equal(Deno.statSync(file).mode! & 0o777, 0o644);
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["nightdrop.prom"]);
    assert.throws(() => writeTextfile(`${directory}/no/x.prom`, metrics()), Failure);
  }));

/** What a user who owns the directory can put where the file, or what comes before it, is expected. */
const PLANTED: readonly [
  what: string,
  plant: (directory: string, victim: string) => void | Promise<unknown>,
][] = [
  ["a link in its place", (at, victim) => Deno.symlinkSync(victim, `${at}/nightdrop.prom`)],
  ["a hard link in its place", (at, victim) => Deno.linkSync(victim, `${at}/nightdrop.prom`)],
  [
    "a link where a new file once was",
    (at, victim) => Deno.symlinkSync(victim, `${at}/nightdrop.prom.new`),
  ],
  ["a fifo in its place", (at) => must("mkfifo", [`${at}/nightdrop.prom`])],
  ["endless data in its place", (at) => Deno.symlinkSync("/dev/zero", `${at}/nightdrop.prom`)],
  ["a large file in its place", (at) => Deno.truncateSync(made(`${at}/nightdrop.prom`), 2 ** 33)],
];

function made(path: string): string {
  Deno.writeTextFileSync(path, "");
  return path;
}

for (const [what, plant] of PLANTED) {
  Deno.test(`the metrics do not overwrite or wait for anything if others put ${what} there`, () =>
    withDirectory(async (directory) => {
      const [at, victim] = [`${directory}/collector`, `${directory}/victim`];
      Deno.writeTextFileSync(victim, "secret", { mode: 0o600 });
      Deno.mkdirSync(at);
      await plant(at, victim);
      writeTextfile(`${at}/nightdrop.prom`, metrics());
      const { mode, isFile } = Deno.lstatSync(`${at}/nightdrop.prom`);
      assert.deepEqual([isFile, mode! & 0o777], [true, 0o644]);
      assert.equal(of(Deno.readTextFileSync(`${at}/nightdrop.prom`), "last_snapshot_entries"), 1000);
      assert.deepEqual([Deno.readTextFileSync(victim), Deno.statSync(victim).mode! & 0o777], [
        "secret",
        0o600,
      ]);
    }));
}

Deno.test({
  name: "the metrics do not follow a directory link that another user created",
  ignore: Deno.uid() !== 0,
  fn: () =>
    withDirectory(async (directory) => {
      Deno.mkdirSync(`${directory}/elsewhere`);
      Deno.symlinkSync("elsewhere", `${directory}/collector`);
      writeTextfile(`${directory}/collector/a.prom`, metrics());
      await must("chown", ["-h", "nobody", `${directory}/collector`]);
      assert.throws(() => writeTextfile(`${directory}/collector/b.prom`, metrics()), Failure);
      assert.deepEqual([...Deno.readDirSync(`${directory}/elsewhere`)].map(({ name }) => name), ["a.prom"]);
    }),
});

foreignTest(["promtool"], "promtool accepts the file without a complaint", async () => {
  for (
    const text of [
      textfile(metrics(), ""),
      textfile(failed(1, 1), textfile(metrics(), "")),
      textfile(failed(1, 1), ""),
    ]
  ) {
    const ran = await run("promtool", ["check", "metrics"], { stdin: text });
    assert.deepEqual([ran.code, ran.stderr, ran.text], [0, "", ""], text);
  }
  const ran = await run("promtool", ["check", "metrics"], {
    stdin: "# TYPE nightdrop_x counter\nnightdrop_x 1\n",
  });
  assert.notEqual(ran.stderr, "", "it would say so");
});
