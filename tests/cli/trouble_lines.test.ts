import assert from "node:assert/strict";
import { TroubleLines } from "../../lib/cli/trouble_lines.ts";
import type { Trouble } from "../../lib/model/trouble.ts";

function lines(count: number, trouble: (at: number) => Trouble): { named: string[]; rest: string[] } {
  const troubles = new TroubleLines();
  const all = Array.from({ length: count }, (_, at) => troubles.lineFor(trouble(at)));
  return { named: all.filter((it) => it !== undefined), rest: troubles.rest() };
}

const unread = (at: number, reason: string): Trouble => ({ kind: "unread", path: `/srv/${at}`, reason });

for (const count of [0, 1, 10]) {
  Deno.test(`each of ${count} paths with the same reason is named`, () => {
    const { named, rest } = lines(count, (at) => unread(at, "permission denied"));
    assert.equal(named.length, count);
    assert.deepEqual(rest, []);
  });
}

Deno.test("ten of thousands of paths with the same reason are named, and the rest is counted", () => {
  const { named, rest } = lines(30_000, (at) => unread(at, "its name is not UTF-8"));
  assert.equal(named.length, 10);
  assert.equal(named[0], "unread: /srv/0: its name is not UTF-8");
  assert.deepEqual(rest, [
    "unread: 29,990 more paths: its name is not UTF-8 (30,000 in total; --verbose lists all)",
  ]);
});

Deno.test("reasons that differ only in numbers and names count as one", () => {
  const { named, rest } = lines(
    1000,
    (at) => unread(at, `it is stored in place of "/x \\"${at}", ${at} bytes`),
  );
  assert.deepEqual([named.length, rest.length], [10, 1]);
});

Deno.test("kinds and reasons are counted separately", () => {
  const { named, rest } = lines(44, (at) => ({
    kind: at % 2 === 0 ? "unread" : "vanished",
    path: `/${at}`,
    reason: at % 4 < 2 ? "one" : "two",
  }));
  assert.deepEqual([named.length, rest.length], [40, 4]);
  assert.equal(rest[0], "unread: 1 more path: one (11 in total; --verbose lists all)");
});

Deno.test("the number of lines is bounded for any number of reasons", () => {
  const word = (at: number): string => at.toString(2).replaceAll("0", "a").replaceAll("1", "b");
  const { named, rest } = lines(30_000, (at) => unread(at, word(at)));
  assert.ok(named.length + rest.length < 100, `${named.length} and ${rest.length}`);
});

Deno.test("counts are reported once and then start at zero", () => {
  const troubles = new TroubleLines();
  for (let at = 0; at < 20; at += 1) troubles.lineFor(unread(at, "x"));
  assert.equal(troubles.rest().length, 1);
  assert.deepEqual(troubles.rest(), []);
  assert.ok(troubles.lineFor(unread(0, "x")));
});
