import assert from "node:assert/strict";
import { notifyOwner, type OwnerNews } from "../../lib/app/owner_notifier.ts";
import type { Owner } from "../../lib/config/owner.ts";
import { Secret } from "../../lib/model/secret.ts";
import { withListener } from "../support/listener.ts";

const BAD: OwnerNews = {
  command: "verify",
  isGood: false,
  lines: ["2 hosts: 1 good", "damage: web1: \x1b[2J\u202ex\nPOST /forged"],
  values: { code: 4, damaged: ["web1"], findings: [{ what: "\x1b[2J\u202e" }] },
};

/** Notifies `url`, and returns the warnings. */
async function notify(url: string, news: OwnerNews): Promise<string[]> {
  const warnings: string[] = [];
  const target = { url: new Secret(url) };
  const urls = { ping: target, webhook: { url: new Secret(`${url}hook`) } };
  const none = { ping: undefined, webhook: undefined };
  const owner: Owner = { notify: { status: none, verify: urls, drill: none } };
  await notifyOwner(owner, news, () => undefined, {
    report: (event) => void (event.event === "warning" && warnings.push(event.text)),
    signal: new AbortController().signal,
    now: () => new Date("2026-11-28T05:00:00Z"),
  });
  return warnings;
}

Deno.test("the owner gets a ping and the findings, in which nothing can control a terminal", () =>
  withListener(async ({ url, heard }) => {
    assert.deepEqual(await notify(`${url}/secret`, BAD), []);
    const [hook, ping] = [...heard].sort((a, b) => b.length - a.length);
    const text = "2 hosts: 1 good\ndamage: web1: \\x1b[2J\\u{202e}x\\nPOST /forged";
    assert.equal(ping, `POST /secret/fail ${text}`);
    assert.match(hook!, /^POST \/secrethook \{[\x20-\x7e]*\}\n$/);
    const { program, ...object } = JSON.parse(hook!.slice("POST /secrethook ".length));
    assert.match(program, /^nightdrop\//);
    assert.deepEqual(object, {
      event: "verify",
      at: "2026-11-28T05:00:00.000Z",
      ok: false,
      text,
      ...BAD.values,
    });
  }));

Deno.test("a good result pings the URL itself, and a command without URLs sends no notification", () =>
  withListener(async ({ url, heard }) => {
    await notify(`${url}/secret`, { ...BAD, isGood: true });
    assert.ok(heard.some((it) => it.startsWith("POST /secret 2 hosts")));
    heard.splice(0);
    await notify(`${url}/secret`, { ...BAD, command: "status" });
    assert.deepEqual(heard, []);
  }));

Deno.test("a notification that fails is a warning that does not show the URL", async () => {
  const refused = await withListener(
    ({ url }) => notify(`${url}/hunter2`, BAD),
    () => new Response("", { status: 404 }),
  );
  const away = await notify("http://127.0.0.1:9/hunter2", BAD);
  for (const warnings of [refused, away]) {
    assert.equal(warnings.length, 2);
    for (const text of warnings) assert.match(text, /^The (ping|webhook) could not be sent: 127\.0\.0\.1/);
    assert.doesNotMatch(warnings.join(), /hunter2/);
  }
});
