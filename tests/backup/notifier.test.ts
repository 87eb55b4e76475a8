/** What pings, webhooks and figures say of a backup, and that none of them can break it. */
import assert from "node:assert/strict";
import type { Event } from "../../lib/app/events.ts";
import { Notifier } from "../../lib/backup/notifier.ts";
import { failedOutcome, storedOutcome } from "../../lib/backup/outcome.ts";
import type { Host, Notify } from "../../lib/config/types.ts";
import { Interrupted } from "../../lib/model/failure.ts";
import { Secret } from "../../lib/model/secret.ts";
import { withDirectory } from "../support/directory.ts";
import { withListener } from "../support/listener.ts";
import { FRAME, STORED } from "./outcomes.ts";

const COMPLETE = storedOutcome(FRAME, STORED);
const INCOMPLETE = storedOutcome(FRAME, { ...STORED, unread: 1 });
const FAILED = failedOutcome(FRAME, new Error("no\nluck"));

/** A notifier, and the warnings that it gives. */
function notifier(
  notify: Partial<Notify>,
  environment: Readonly<Record<string, string>> = {},
): { notifier: Notifier; warnings: string[] } {
  const warnings: string[] = [];
  const report = (event: Event): void => {
    assert.ok(event.event === "warning");
    warnings.push(event.text);
  };
  const host = {
    name: "web1.example.org",
    recipients: [],
    notify: { ping: undefined, webhook: undefined, textfile: undefined, ...notify },
  };
  const run = { report, signal: new AbortController().signal, now: () => new Date() };
  return { notifier: new Notifier(host as unknown as Host, (name) => environment[name], run), warnings };
}

function url(text: string): { url: Secret } {
  return { url: new Secret(text) };
}

Deno.test("the path of a ping is start, success or fail, and its body has the results in one line", () =>
  withListener(async ({ url: at, heard }) => {
    const { notifier: it, warnings } = notifier({ ping: url(`${at}/secret?a=b`) });
    await it.started(FRAME.started);
    for (const end of [COMPLETE, INCOMPLETE, FAILED]) await it.ended(end);
    const [start, complete, incomplete, failed] = heard;
    assert.equal(start, "POST /secret/start?a=b web1.example.org: backup starts");
    assert.match(
      complete!,
      /^POST \/secret\?a=b web1\.example\.org\/20261123T\S+: complete: exitCode 0, .*unread 0$/,
    );
    assert.match(incomplete!, /^POST \/secret\/fail\?a=b .*: incomplete: exitCode 3, .*unread 1$/);
    assert.match(
      failed!,
      /^POST \/secret\/fail\?a=b web1\.example\.org: failed: exitCode 1, .*error no\S*luck$/,
    );
    assert.deepEqual([heard.length, warnings], [4, []]);
  }));

Deno.test("a webhook gets one JSON object a line, with the times and the results of the run", () =>
  withListener(async ({ url: at, heard }) => {
    const { notifier: it } = notifier({ webhook: { env: "HOOK" } }, { HOOK: `${at}/hook` });
    await it.started(FRAME.started);
    await it.ended(COMPLETE);
    const [start, end] = heard.map((text) => JSON.parse(text.replace("POST /hook ", "")));
    const about = { event: "backup", program: start.program, host: "web1.example.org" };
    assert.match(start.program, /^nightdrop\//);
    assert.deepEqual(start, { ...about, result: "started", started: FRAME.started.toISOString() });
    const { result, exitCode, snapshot, started, ended } = end;
    assert.deepEqual([result, exitCode, snapshot], ["complete", 0, STORED.snapshot]);
    assert.deepEqual([started, ended], [FRAME.started.toISOString(), FRAME.ended.toISOString()]);
  }));

Deno.test("a service that refuses is a warning, which holds nothing of its address", () =>
  withListener(async ({ url: at }) => {
    const secret = url(`${at}/hunter2`);
    const { notifier: it, warnings } = notifier({ ping: secret, webhook: secret });
    await it.ended(FAILED);
    assert.deepEqual(warnings.map((text) => text.split(":")[0]).sort(), [
      "The ping could not be sent",
      "The webhook could not be sent",
    ]);
    assert.ok(warnings.every((text) => text.includes("500") && !text.includes("hunter2")), warnings.join());
  }, () => new Response("no", { status: 500 })));

Deno.test("an address that is missing, wrong or unreadable is a warning", async () => {
  const references = [
    { env: "NOT_SET" },
    { env: "WRONG" },
    { file: "/no/such/file" },
    url("ftp://a.example"),
  ];
  for (const ping of references) {
    const { notifier: it, warnings } = notifier({ ping }, { WRONG: "no URL" });
    await it.started(FRAME.started);
    await it.ended(COMPLETE);
    assert.equal(warnings.length, 2, JSON.stringify(ping));
    assert.ok(warnings.every((text) => text.startsWith("The ping could not be sent: ")));
  }
});

Deno.test("metrics that cannot be written are a warning, and the other notifications are sent", () =>
  withDirectory((directory) =>
    withListener(async ({ url: at, heard }) => {
      const good = notifier({ textfile: `${directory}/a.prom` });
      await good.notifier.ended(INCOMPLETE);
      const text = Deno.readTextFileSync(`${directory}/a.prom`);
      assert.match(text, /^nightdrop_\w+\{host="web1\.example\.org"\} \d/m);
      assert.deepEqual(good.warnings, []);
      const bad = notifier({ textfile: `${directory}/missing/a.prom`, ping: url(`${at}/ping`) });
      await bad.notifier.ended(INCOMPLETE);
      assert.deepEqual([bad.warnings.length, heard.length], [1, 1]);
      assert.match(bad.warnings[0]!, /missing/);
    })
  ));

Deno.test("a host without notifications sends none", async () => {
  const { notifier: it, warnings } = notifier({});
  await it.started(FRAME.started);
  await it.ended(failedOutcome(FRAME, new Interrupted()));
  assert.deepEqual(warnings, []);
});
