import assert from "node:assert/strict";
import fc from "fast-check";
import type { Entry, EntryType } from "../../lib/model/entry.ts";
import { Judgement, type Verdict } from "../../lib/model/judgement.ts";

function thing(path: string, type: EntryType, more: Partial<Entry> = {}): Entry {
  return { path, type, size: 0, mode: 0, uid: 0, gid: 0, user: "", group: "", mtime: 0, ...more };
}

const file = (path: string, size = 0): Entry => thing(path, "file", { size });
const directory = (path: string): Entry => thing(path, "directory");
const symlink = (path: string): Entry => thing(path, "symlink", { link: "anywhere" });
const hardlink = (path: string, link: string): Entry => thing(path, "hardlink", { link });

/** Judges entries of one group each in turn, with hard links decided at the end: `good`, `covered` or the reason. */
function judged(groups: readonly (readonly Entry[])[], announced = { entries: 1000, bytes: 1000 }): string[] {
  const judgement = new Judgement(announced);
  const verdicts = groups.flatMap((entries, at) =>
    entries.map((entry): [Entry, Verdict] => [entry, judgement.judge(entry, at + 1)])
  );
  return verdicts.map(([entry, verdict]) => {
    const last = verdict === "open" ? judgement.late(entry) : verdict;
    return typeof last === "string" ? last : last.reason;
  });
}

const TREES: readonly (readonly [what: string, entries: readonly Entry[], verdicts: readonly RegExp[]])[] = [
  ["an ordinary tree", [directory("a"), file("a/b"), symlink("a/c"), hardlink("a/d", "a/b")], [
    /^good/,
    /^good/,
    /^good/,
    /^good/,
  ]],
  ["directories that no index lists", [file("a/b/c"), file("a/b/d")], [/^good/, /^good/]],
  ["a directory behind what lies in it", [file("a/b"), directory("a")], [/^good/, /^good/]],
  ["a path twice", [file("a"), file("a"), file("b")], [/^good/, /twice/, /^good/]],
  ["a path three times, as different things", [symlink("a"), directory("a"), file("a")], [
    /^good/,
    /twice/,
    /twice/,
  ]],
  ["a file with children", [file("a"), file("a/b"), file("a/b/c"), file("ok")], [
    /^good/,
    /below "a"/,
    /below "a"/,
    /^good/,
  ]],
  ["a symlink with children", [symlink("a"), directory("a/b")], [/^good/, /below "a"/]],
  ["a hard link with children", [file("f"), hardlink("a", "f"), file("a/b")], [
    /^good/,
    /^good/,
    /below "a"/,
  ]],
  ["a file behind its children", [file("a/b"), file("a"), file("a/c")], [/^good/, /below it/, /^good/]],
  ["a directory twice behind its children", [file("a/b"), directory("a"), directory("a")], [
    /^good/,
    /^good/,
    /twice/,
  ]],
  ["a hard link to nothing", [hardlink("h", "etc/passwd"), file("ok")], [/not a file/, /^good/]],
  ["a hard link to itself", [hardlink("h", "h")], [/not a file/]],
  ["a hard link to a directory", [directory("d"), hardlink("h", "d")], [/^good/, /not a file/]],
  ["a hard link to an unlisted directory", [file("d/f"), hardlink("h", "d")], [/^good/, /not a file/]],
  ["a hard link to a symlink", [symlink("s"), hardlink("h", "s")], [/^good/, /not a file/]],
  ["hard links in a chain", [file("f"), hardlink("g", "f"), hardlink("h", "g")], [
    /^good/,
    /^good/,
    /not a file/,
  ]],
  ["hard links in a circle", [hardlink("g", "h"), hardlink("h", "g")], [/not a file/, /not a file/]],
  ["a hard link before its file", [hardlink("h", "f"), file("f")], [/^good/, /^good/]],
  ["a hard link to a file that is bad", [file("a"), file("a/b"), hardlink("h", "a/b")], [
    /^good/,
    /below/,
    /not a file/,
  ]],
  ["a hard link to a path that is twice", [symlink("a"), file("a"), hardlink("h", "a")], [
    /^good/,
    /twice/,
    /not a file/,
  ]],
  [
    "a symlink whose target is too long",
    [thing("a", "symlink", { link: "x".repeat(4095) }), thing("b", "symlink", { link: "ä".repeat(2048) })],
    [/^good/, /no symbolic link/],
  ],
  ["more content than was announced", [file("a", 600), file("b", 600), file("c", 400)], [
    /^good/,
    /more content/,
    /^good/,
  ]],
];

for (const [what, entries, verdicts] of TREES) {
  Deno.test(`a judgement of ${what} loses what is bad alone`, () => {
    const found = judged([entries]);
    assert.equal(found.length, verdicts.length);
    for (const [at, verdict] of verdicts.entries()) assert.match(found[at]!, verdict, entries[at]!.path);
  });
}

Deno.test("the uppermost of several layers with a path is valid", () => {
  assert.deepEqual(judged([[file("a")], [file("a"), file("b")], [directory("b"), file("c")]]), [
    "good",
    "covered",
    "good",
    "covered",
    "good",
  ]);
});

Deno.test("entries below a file of an upper layer are bad, and entries that an upper layer replaces are covered", () => {
  assert.match(judged([[file("a")], [file("a/b")]])[1]!, /below "a"/);
  assert.match(judged([[file("a/b")], [file("a")]])[1]!, /below it/);
  assert.deepEqual(judged([[file("a/b")], [directory("a"), file("a/c")]]), ["good", "good", "good"]);
  assert.deepEqual(judged([[hardlink("h", "f")], [file("f")]]), ["good", "good"]);
});

Deno.test("a path that is gone is in no layer below, but entries below it may be", () => {
  const judgement = new Judgement({ entries: 1000, bytes: 1000 });
  assert.equal(judgement.judge(directory("kept/x"), 1), "good");
  assert.ok(judgement.gone("a"));
  assert.ok(!judgement.gone("a"), "nobody lists it twice");
  assert.ok(!judgement.gone("kept/x"), "nor what is there");
  assert.ok(judgement.gone("kept"), "a directory above what is declared now");
  assert.equal(judgement.judge(file("a"), 2), "covered");
  assert.equal(judgement.judge(file("kept"), 2), "covered");
  assert.equal(judgement.judge(file("a/b"), 2), "good");
  assert.equal(judgement.judge(file("kept/y"), 2), "good");
});

Deno.test("an entry whose line is not well formed covers its path and counts", () => {
  const judgement = new Judgement({ entries: 3, bytes: 0 });
  assert.deepEqual(judgement.lost("a", "reason"), { reason: "reason" });
  assert.deepEqual(judgement.lost(undefined, "reason"), { reason: "reason" });
  assert.equal(judgement.lost("a", "reason"), "covered");
  assert.equal(judgement.judge(file("a"), 2), "covered");
  assert.equal(judgement.judge(file("a/b"), 2), "good", "it may have been a directory");
  assert.equal(judgement.lack, undefined);
});

Deno.test("no more entries are good than the receipt announces, and fewer are a lack", () => {
  const judgement = new Judgement({ entries: 2, bytes: 10 });
  assert.match(judgement.lack!, /list 0 entries where the receipt announces 2/);
  assert.equal(judgement.judge(file("a", 5), 1), "good");
  assert.equal(judgement.judge(file("b", 4), 1), "good");
  assert.match(judgement.lack!, /list 9 bytes of content where the receipt announces 10/);
  assert.equal(judgement.judge(file("a"), 2), "covered", "which is not one more");
  assert.equal(judgement.judge(file("c"), 2), "beyond");
});

Deno.test("directories that no index lists are bounded", () => {
  const judgement = new Judgement({ entries: 10, bytes: 0 });
  const deep = judgement.judge(file(`${"a/".repeat(16_000)}f`), 1) as { reason: string };
  assert.match(deep.reason, /no index lists/);
  assert.equal(judgement.judge(file("b/c"), 1), "good");
});

/** What a file system takes of good entries: a path once, in directories, links to files. */
function isTree(entries: readonly Entry[]): boolean {
  const things = new Map(entries.map((it) => [it.path, it]));
  return things.size === entries.length && entries.every(({ path, type, link }) => {
    const names = path.split("/");
    const above = names.slice(1).map((_, at) => things.get(names.slice(0, at + 1).join("/")));
    return above.every((it) => it === undefined || it.type === "directory") &&
      (type !== "hardlink" || things.get(link!)?.type === "file");
  });
}

const path = fc.array(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 3 }).map((names) =>
  names.join("/")
);
const entry = fc.oneof(
  path.map(file),
  path.map(directory),
  path.map(symlink),
  fc.tuple(path, path).map(([a, b]) => hardlink(a, b)),
);

Deno.test("for any indexes, the entries called good form one tree", () => {
  fc.assert(
    fc.property(fc.array(fc.array(entry, { maxLength: 8 }), { maxLength: 3 }), (groups) => {
      const verdicts = judged(groups);
      const entries = groups.flat();
      const good = entries.filter((_, at) => verdicts[at] === "good");
      assert.ok(isTree(good), JSON.stringify([entries, verdicts]));
      if (groups.length === 1 && isTree(entries)) assert.equal(good.length, entries.length);
    }),
    { numRuns: 3000 },
  );
});
