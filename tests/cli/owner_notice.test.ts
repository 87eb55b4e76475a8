/** Notifications of the owner after `status` and `verify`, and the text that cron mails. */
import assert from "node:assert/strict";
import { asStarted } from "../../lib/cli/invocation.ts";
import { summaryLines } from "../../lib/cli/status_lines.ts";
import { type HostStatus, worstFirst } from "../../lib/status/status.ts";
import { alerts, facts } from "../status/nights.ts";
import { withListener } from "../support/listener.ts";
import { jsonLines, nightdrop } from "../support/nightdrop.ts";
import { HOST, withSetup } from "../support/setup.ts";

const NOW = new Date("2026-05-30T08:00:00Z");

function host(name: string, changes: Parameters<typeof facts>[0] = {}): HostStatus {
  const it = facts({ host: name, ...changes });
  const found = alerts(it);
  return { host: name, state: found[0]?.severity ?? "good", facts: it, alerts: found };
}

Deno.test("the summary is one sentence, those in trouble with what to do, and the number of the others", () => {
  const many = Array.from({ length: 8 }, (_, at) => host(`new${at}`, { verified: undefined }));
  const fleet = [
    ...Array.from({ length: 40 }, (_, at) => host(`web${at}`)),
    ...many,
    host("db1", { nights: [] }),
    { host: "away", state: "unknown", error: "The store\nis \x1b[1maway" } as const,
  ];
  const strangers = [{ name: "old\x1b[2J", place: "s3://backups" }];
  const lines = summaryLines(worstFirst(fleet), strangers, NOW);
  assert.deepEqual(lines, [
    "10 of 50 hosts need attention, 1 in the stores are not in your config; written 2026-05-30 08:00 UTC",
    "",
    "db1: critical",
    "  critical: age: There is no snapshot",
    "    Run `backup` on the host and look at its journal: is it on, is the job installed?",
    "",
    "away: unknown",
    "  could not be checked: The store\\nis \\x1b[1maway",
    "",
    "new0, new1, new2, new3, new4 and 3 more: warning",
    "  warning: verified: No verification of the content is recorded on this machine",
    asStarted("    Run `nightdrop verify`. To run it every night, see `nightdrop schedule --trusted`"),
    's3://backups holds snapshots of "old\\x1b[2J", which your config does not name',
    "",
    "40 other hosts in good state",
  ]);
});

Deno.test("the summary of a fleet that is all in trouble is no longer than a mail", () => {
  const fleet = Array.from(
    { length: 400 },
    (_, at) => host(`web${at}`, { nights: [], pinned: at % 2 === 0, stored: at }),
  );
  const different = fleet.map((it, at): HostStatus => ({
    host: it.host,
    state: "unknown",
    error: `error ${at}`,
  }));
  assert.ok(summaryLines(fleet, [], NOW).length < 10);
  const lines = summaryLines(different, [], NOW);
  assert.ok(lines.length < 160, `${lines.length}`);
  assert.equal(lines.at(-1), "350 more hosts that need attention");
});

Deno.test("status and verify notify the owner of every result for the whole fleet, and send nothing for one host", () =>
  withListener(({ url, heard }) =>
    withSetup(async (at) => {
      const file = `${at}/ping-url`;
      Deno.writeTextFileSync(file, `${url}/hunter2`, { mode: 0o600 });
      const config = Deno.readTextFileSync(`${at}/backup.config.ts`);
      const hook = `${url}/hook`;
      const withOwner = (notify: string, more = ""): void =>
        Deno.writeTextFileSync(
          `${at}/backup.config.ts`,
          config.replace("hosts:", `owner: { notify: { ${notify} } }, ${more} hosts:`),
        );
      withOwner(
        `status: { ping: { file: "ping-url" }, webhook: "${hook}" }, verify: { ping: { file: "ping-url" } }`,
      );
      const run = (...args: string[]): ReturnType<typeof nightdrop> => nightdrop(args, { cwd: at });

      const nothing = await run("status", "--quiet");
      assert.equal(nothing.code, 1, nothing.text + nothing.stderr);
      const [ping, webhook] = [...heard].sort((a, b) => a.length - b.length);
      assert.equal(ping, `POST /hunter2/fail ${nothing.text.trimEnd()}`);
      const sent = JSON.parse(webhook!.slice("POST /hook ".length));
      assert.deepEqual(
        [sent.event, sent.ok, sent.code, sent.hosts, sent.unknown, sent.findings[0].severity],
        [
          "status",
          false,
          1,
          1,
          1,
          "unknown",
        ],
      );

      const { signer } = jsonLines((await run("backup", "--host", HOST, "--json")).text).at(-1)!;
      withOwner(
        'status: { ping: { file: "ping-url" } }, verify: { ping: { file: "ping-url" } }',
        `signer: "${signer}",`,
      );
      heard.splice(0);
      const good = await run("status", "--quiet");
      assert.deepEqual([good.code, good.text, good.stderr], [0, "", ""], "a good fleet is no mail");
      const verified = await run("verify", "--quiet");
      assert.deepEqual([verified.code, verified.text], [0, ""], verified.stderr);
      assert.deepEqual(heard.map((it) => it.split(" ")[1]), ["/hunter2", "/hunter2"]);
      heard.splice(0);
      await run("verify", HOST);
      await run("status", HOST);
      assert.deepEqual(heard, []);

      Deno.writeTextFileSync(file, `http://127.0.0.1:9/hunter2`);
      const unsent = await run("status", "--quiet");
      assert.deepEqual([unsent.code, unsent.text], [0, ""]);
      assert.match(unsent.stderr, /^warning: The ping could not be sent: 127\.0\.0\.1:9: cannot connect/);
      assert.doesNotMatch(unsent.stderr, /hunter2/);
    })
  ));

Deno.test("drill of the whole fleet notifies the owner without paths of files; one of a host, a request and an answer do not", () =>
  withListener(({ url, heard }) =>
    withSetup(
      async (at) => {
        Deno.writeTextFileSync(`${at}/ping-url`, `${url}/ping`, { mode: 0o600 });
        const run = (...args: string[]): ReturnType<typeof nightdrop> => nightdrop(args, { cwd: at });
        await run("backup", "--host", HOST);
        const key = ["--identity", "keys/backups.private.asc"];
        const drilled = await run("drill", ...key);
        assert.equal(drilled.code, 4, drilled.text + drilled.stderr);
        const [ping, hook] = [...heard].sort((a, b) => a.length - b.length);
        assert.match(
          ping!,
          /^POST \/ping\/fail Drill of 1 host: 1 FAILED \(web1\.example\.org\), 0 ok; .*\nFAILED: web1\.example\.org\/\S+: 1 check of entries$/,
        );
        const { findings, ...sent } = JSON.parse(hook!.slice("POST /hook ".length));
        assert.deepEqual([sent.event, sent.ok, sent.code, sent.state, sent.hosts], [
          "drill",
          false,
          4,
          "failed",
          1,
        ]);
        assert.equal(sent.checks.failed, 1);
        assert.deepEqual(
          findings.map((
            { host, subject, state, count }: Record<string, unknown>,
          ) => [host, subject, state, count]),
          [[HOST, "entry", "failed", 1]],
        );
        assert.doesNotMatch(heard.join(), /source|missing\.conf/);

        heard.splice(0);
        await run("drill", HOST, ...key);
        await run("drill", "--request", "request");
        await run("drill", "--answer", "request", ...key);
        assert.deepEqual(heard, []);
        await run("drill", "--session-keys", "request.keys");
        assert.equal(heard.length, 2, "the request was for all hosts");
      },
      `], drill: { always: ["source/missing.conf"] }, exclude: [`,
      `owner: { notify: { drill: { ping: { file: "ping-url" }, webhook: "${url}/hook" } } },`,
    )
  ));

Deno.test("a verification of the copies of all hosts notifies nobody", () =>
  withListener(({ url, heard }) =>
    withSetup(
      async (at) => {
        const run = (...args: string[]): ReturnType<typeof nightdrop> => nightdrop(args, { cwd: at });
        for (const store of ["pins", "copy"]) {
          const { text, stderr } = await run("verify", "--store", store);
          assert.deepEqual(heard, [], text + stderr);
        }
        await run("verify");
        assert.equal(heard.length, 1);
      },
      "",
      `owner: { notify: { verify: { ping: "${url}/ping" } } },
      pins: { store: { kind: "directory", path: "pins" } },
      mirrors: { copy: { store: { kind: "directory", path: "copy" } } },`,
    )
  ));
