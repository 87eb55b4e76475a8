import assert from "node:assert/strict";
import { parseConfig } from "../../lib/config/parse.ts";
import { selectHost } from "../../lib/config/select.ts";
import { Misuse } from "../../lib/model/failure.ts";
import { BASE, CONTEXT } from "./base.ts";

const names = ["web1.example.org", "db1.example.org", "db1.example.net", "mail", "a.b.c"];
const hosts = parseConfig(
  { ...BASE, hosts: Object.fromEntries(names.map((name) => [name, { paths: ["/"] }])) },
  CONTEXT,
);

for (
  const [asked, machine, expected] of [
    ["db1.example.net", "web1.example.org", "db1.example.net"],
    ["WEB1.example.org", "mail", "web1.example.org"],
    ["web1", "mail", "web1.example.org"],
    [undefined, "web1.example.org", "web1.example.org"],
    [undefined, "WEB1", "web1.example.org"],
    [undefined, "mail.example.org", "mail"],
    [undefined, "a", "a.b.c"],
  ] as const
) {
  Deno.test(`--host ${asked ?? "not given"} on ${machine} selects ${expected}`, () => {
    assert.equal(selectHost(hosts, asked, machine).name, expected);
  });
}

for (
  const [asked, machine, message, hint] of [
    [
      undefined,
      "db1",
      /several match this machine \("db1"\): "db1.example.org", "db1.example.net"$/,
      /--host/,
    ],
    ["db1", "mail", /several match "db1"/, /^Write the name in full$/],
    [
      undefined,
      "web2",
      /Cannot find this machine \("web2"\) in the config: its hosts are "web1.example.org", .*"mail"/,
      /--host/,
    ],
    [
      "wbe1.example.org",
      "mail",
      /Cannot find "wbe1.example.org" in the config: its hosts are/,
      /Did you mean "web1.example.org"\?/,
    ],
    [undefined, "web1.example.com", /Cannot find this machine|Cannot find ""/, /--host/],
    [undefined, "a.b", /Cannot find this machine|Cannot find ""/, /--host/],
    [undefined, "", /Cannot find this machine|Cannot find ""/, /--host/],
    ["", "mail", /Cannot find this machine|Cannot find ""/, /^Name one of these hosts/],
  ] as const
) {
  Deno.test(`--host ${asked ?? "not given"} on "${machine}" selects no host`, () => {
    assert.throws(() => selectHost(hosts, asked, machine), (thrown) => {
      assert.ok(thrown instanceof Misuse);
      assert.match(thrown.message, message);
      assert.match(thrown.hint ?? "", hint);
      return true;
    });
  });
}

Deno.test("a machine that is not in the config does not get its only entry", () => {
  const one = parseConfig(BASE, CONTEXT);
  assert.throws(() => selectHost(one, undefined, "other"), Misuse);
});

Deno.test("an error names only a few hosts of a large fleet", () => {
  const names = Array.from({ length: 1000 }, (_, at) => [`host${at}`, { paths: ["/etc"] }]);
  const fleet = parseConfig({ ...BASE, hosts: Object.fromEntries(names) }, CONTEXT);
  assert.throws(() => selectHost(fleet, "nobody", "mail"), /its hosts are "host0", .*"host9" and 990 more$/);
});
