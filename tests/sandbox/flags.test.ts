import assert from "node:assert/strict";
import { Misuse } from "../../lib/model/failure.ts";
import { flags } from "../../lib/sandbox/flags.ts";
import { covers, NOTHING } from "../../lib/sandbox/grants.ts";

Deno.test("no permission needs no flag", () => assert.deepEqual(flags(NOTHING), []));

Deno.test("each kind has its flag, with the listed items or without a limit", () => {
  const grants = {
    read: ["/etc", "/srv/a b"],
    write: true,
    net: ["s3.example.org:443"],
    env: ["HOME"],
    hidden: ["AWS_*"],
    sys: ["hostname"],
    run: ["pg_dumpall"],
  } as const;
  assert.deepEqual(flags(grants), [
    "--allow-read=/etc,/srv/a b",
    "--allow-write",
    "--allow-net=s3.example.org:443",
    "--allow-env=HOME",
    "--allow-sys=hostname",
    "--allow-run=pg_dumpall",
    "--ignore-env=AWS_*",
  ]);
});

for (const path of ["/srv/a,b", "/srv/a\nb"]) {
  Deno.test(`the path ${JSON.stringify(path)} is refused, because a flag with it would grant other paths`, () => {
    assert.throws(() => flags({ ...NOTHING, read: ["/etc", path] }), (error) => {
      assert.ok(error instanceof Misuse);
      assert.match(error.message, /comma or a line break/);
      assert.match(error.hint!, /deno\.json/);
      return true;
    });
  });
}

Deno.test("a path covers itself and the paths below, but not other paths with the same start", () => {
  const rows: [string, string, boolean][] = [
    ["/srv", "/srv", true],
    ["/srv", "/srv/a", true],
    ["/srv", "/srv2", false],
    ["/srv/a", "/srv", false],
    ["/", "/etc", true],
  ];
  for (const [granted, path, expected] of rows) {
    assert.equal(covers("read", [granted], path), expected, `${granted} ${path}`);
  }
  assert.equal(covers("net", ["a:1"], "a:10"), false);
  assert.equal(covers("net", true, "a:10"), true);
});
