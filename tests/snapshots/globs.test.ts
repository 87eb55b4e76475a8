/** Globs and paths as arguments of `files` and `restore`. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Misuse } from "../../lib/model/failure.ts";
import { printable, unprinted } from "../../lib/model/printable.ts";
import { Globs } from "../../lib/snapshots/globs.ts";
import type { Entry } from "../../lib/model/entry.ts";
import { processorMs } from "../support/processor.ts";

/** What `globs` select of paths; directories have a slash at the end. */
function select(
  globs: string[],
  paths: string[],
): { selected: string[]; unmatched: string[]; literal: string[] } {
  const all = new Globs(globs);
  const entries = paths.map((path) => ({
    path: path.replace(/\/$/, ""),
    type: path.endsWith("/") ? "directory" : "file",
  } as Entry));
  if (all.isAmbiguous) entries.forEach(all.see);
  const literal = all.decide();
  const selected = entries.filter(all.selects).map(({ path }) => path);
  return { selected, unmatched: all.unmatched, literal };
}

const PATHS = [
  "t/",
  "t/inv[1].txt",
  "t/inv1.txt",
  "t/a*b",
  "t/axb",
  "t/back\\slash",
  "t/tab\tname",
  "t/dir[x]/",
  "t/dir[x]/f",
];

/** At the root of a host, where JSON has no slash in a path. */
const AT_ROOT = ["inv[1].txt", "inv1.txt", "a*b", "tab\tname", "[!x]", "open[", "t/", "t/inv1.txt"];

for (const path of AT_ROOT.slice(0, 6)) {
  Deno.test(`${JSON.stringify(path)} at the root selects itself, with a slash, without, and as it is printed`, () => {
    for (const glob of [path, `/${path}`, printable(path), `/${printable(path)}`]) {
      const { selected, unmatched } = select([glob], AT_ROOT);
      assert.ok(selected.includes(path), glob);
      assert.deepEqual(unmatched, []);
      if (path !== "inv1.txt") assert.deepEqual(selected, [path], glob);
    }
  });
}

const TABLE: readonly [glob: string, selected: readonly string[]][] = [
  ["/t/inv[1].txt", ["t/inv[1].txt"]],
  ["t/inv[1].txt", ["t/inv[1].txt"]],
  ["/t/a*b", ["t/a*b"]],
  ["/t/inv*", ["t/inv[1].txt", "t/inv1.txt"]],
  ["/t/inv[[]1].txt", ["t/inv[1].txt"]],
  ["inv[1].txt", ["t/inv1.txt"]],
  ["/t/back\\\\slash", ["t/back\\slash"]],
  ["/t/back\\slash", ["t/back\\slash"]],
  ["/t/tab\\tname", ["t/tab\tname"]],
  ["/t/tab\tname", ["t/tab\tname"]],
  ["/t/tab\\t*", ["t/tab\tname"]],
  ["tab\\tname", ["t/tab\tname"]],
  ["/t/dir[x]", ["t/dir[x]", "t/dir[x]/f"]],
  ["/t/dir[x]/", ["t/dir[x]", "t/dir[x]/f"]],
  ["/t/dir[x]/f", ["t/dir[x]/f"]],
  ["/t/inv1.txt/", []],
  ["f", ["t/dir[x]/f"]],
  ["t/", PATHS.map((path) => path.replace(/\/$/, ""))],
  ["dir?x?/", ["t/dir[x]", "t/dir[x]/f"]],
  ["inv1.txt/", []],
  ["/", PATHS.map((path) => path.replace(/\/$/, ""))],
];

for (const [glob, wanted] of TABLE) {
  Deno.test(`the argument ${JSON.stringify(glob)} selects ${JSON.stringify(wanted).slice(0, 60)}`, () => {
    const { selected, unmatched } = select([glob], PATHS);
    assert.deepEqual(selected, wanted);
    assert.deepEqual(unmatched, wanted.length === 0 ? [glob] : []);
  });
}

Deno.test("a path that could be a glob is reported, and one that could not is not", () => {
  const { literal } = select(["/t/inv[1].txt", "/t/axb", "/t/back\\\\slash", "/t/none[1]"], PATHS);
  assert.deepEqual(literal, ["/t/inv[1].txt"]);
});

Deno.test("each argument without a match is known, however many others match", () => {
  const globs = ["/t/inv1.txt", "/t/typo", "axb", "nothing", "*.txt", "*.none", "/t/typo[1]", "/t"];
  assert.deepEqual(select(globs, PATHS).unmatched, ["/t/typo", "nothing", "*.none", "/t/typo[1]"]);
});

Deno.test("a path is taken that is no well-formed glob, and refused if there is no such path", () => {
  for (const path of ["t/open[bracket", "t/[b-a]", "t/[[:alpha:]]x"]) {
    assert.deepEqual(select([`/${path}`], [path]).selected, [path]);
    assert.throws(() => select([`/${path}`], ["t/other"]), Misuse);
  }
  assert.throws(() => select(["open[bracket"], ["t/other"]), Misuse);
});

Deno.test("every path that files prints selects exactly that path", () => {
  const name = fc.string({
    unit: fc.constantFrom(..."ab*?[]\\\t\n\u202e\x1b é-!^{}"),
    minLength: 1,
    maxLength: 6,
  });
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
  fc.assert(fc.property(fc.uniqueArray(path, { minLength: 1, maxLength: 8 }), (paths) => {
    const leaves = paths.filter((it) => !paths.some((other) => other.startsWith(`${it}/`)));
    for (const it of leaves) {
      const { selected, unmatched } = select([`/${printable(it)}`], leaves);
      assert.ok(selected.includes(it), JSON.stringify([it, leaves]));
      assert.deepEqual(unmatched, []);
      const others = selected.filter((other) => other !== it && `/${other}` !== `/${printable(it)}`);
      assert.deepEqual(others, []);
    }
  }));
});

Deno.test("output of printable is converted back, and nothing else is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => assert.equal(unprinted(printable(text)), text)),
  );
  for (const text of ["a\\b", "\\x41", "\\u{41}", "\\", "\\u{110000}", "\\xzz"]) {
    assert.equal(unprinted(text), undefined);
  }
});

Deno.test("thousands of paths are looked up, not tried one by one", () => {
  const paths = Array.from({ length: 20_000 }, (_, n) => `srv/data/${n}/file`);
  const started = processorMs();
  const { selected, unmatched } = select(paths.map((path) => `/${path}`), paths);
  assert.deepEqual([selected.length, unmatched.length], [20_000, 0]);
  assert.ok(processorMs() - started < 5000);
});
