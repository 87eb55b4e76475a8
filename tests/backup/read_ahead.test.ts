import assert from "node:assert/strict";
import fc from "fast-check";
import { fitted, type FittedHost } from "../../lib/backup/memory_profile.ts";
import { readAhead } from "../../lib/backup/read_ahead.ts";
import type { Selection } from "../../lib/model/selection.ts";
import type { Trouble } from "../../lib/model/trouble.ts";
import { DirectoriesAhead } from "../../lib/source/ahead_reader.ts";
import { ringMemory, RingWriter } from "../../lib/source/ahead_ring.ts";
import type { Directories } from "../../lib/source/directories.ts";
import { OwnDirectories } from "../../lib/source/own.ts";
import { type SourceEntry, walkWithGaps } from "../../lib/source/walk.ts";
import { directory, fifo, file, hardlink, type Node, symlink, writeTree } from "../source/tree.ts";
import { select } from "../source/walking.ts";
import { withDirectory } from "../support/directory.ts";
import { must } from "../support/foreign.ts";
import { withLife } from "../support/life.ts";
import { pause } from "../../lib/workers/pause.ts";

function noTrouble({ path, reason }: Trouble): void {
  assert.fail(`${path}: ${reason}`);
}

const MANY = { entries: 1_000_000 };

function hostOf(selection: Selection, changes: Partial<FittedHost> = {}): FittedHost {
  const store = { kind: "directory", path: `${selection.paths[0]}/store` };
  const state = `${selection.paths[0]}/state`;
  return { name: "web1", selection, jobs: 2, store, state, ...changes } as unknown as FittedHost;
}

/** All that a walk finds and reports. */
async function seen(selection: Selection, ahead?: Directories): Promise<unknown> {
  const entries: SourceEntry[] = [];
  const calls: unknown[] = [];
  const { store } = hostOf(selection);
  const own = new OwnDirectories([{
    path: (store as { path: string }).path,
    what: "the store",
    closed: true,
  }]);
  const walked = walkWithGaps(selection, (trouble: Trouble) => calls.push(trouble), {
    own,
    ahead,
    leftOut: (...all) => calls.push(all),
    excluded: (...all) => calls.push(all),
    marked: (...all) => calls.push(all),
    passed: (...all) => calls.push(all),
  });
  for (const entry of walked) {
    if (entry === undefined) await pause();
    else entries.push(entry);
  }
  return { entries, calls };
}

async function assertSame(selection: Selection): Promise<void> {
  const ahead = readAhead(hostOf(selection), MANY);
  assert.ok(ahead);
  assert.deepEqual(await seen(selection, ahead), await seen(selection));
}

const leaves: fc.Arbitrary<Node> = fc.oneof(
  fc.string({ maxLength: 5 }).map((text) => file(text)),
  fc.constant(symlink("../somewhere")),
  fc.constant(fifo()),
);
const names = fc.constantFrom(
  "a",
  "b",
  "b.c",
  "cache",
  "store",
  "state",
  "ä",
  "～",
  "𝒜",
  "\n",
  "skip.tmp",
  "nobackup",
  "z",
);
const { tree: trees } = fc.letrec<{ tree: Node; node: Node }>((tie) => ({
  node: fc.oneof({ maxDepth: 4 }, leaves, tie("tree")),
  tree: fc.dictionary(names, tie("node"), { maxKeys: 8 }).map((holds) => directory(holds)),
}));
const rules: fc.Arbitrary<Partial<Selection>> = fc.record({
  exclude: fc.subarray(["cache", "b/", "*.tmp", "state/"]),
  excludeIfPresent: fc.subarray(["nobackup"]),
  maxFileSize: fc.constantFrom(undefined, 2),
});

Deno.test("a walk behind a thread finds and reports what it does alone", async () => {
  await fc.assert(
    fc.asyncProperty(
      trees,
      rules,
      fc.subarray(["", "/a", "/b"], { minLength: 1 }),
      async (tree, rules, paths) => {
        await withDirectory(async (root) => {
          writeTree(root, tree);
          await assertSame(select(paths.map((path) => root + path), rules));
        });
      },
    ),
    { numRuns: 15 },
  );
});

/** Directories with more entries than are read ahead at a time, and one whose names do not fit into one batch. */
function manyFiles(): Node {
  const some = (count: number, name: string): Record<string, Node> =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`${name}${at}`, file("")]));
  const directories = Array.from({ length: 40 }, (_, at) => [`d${at}`, directory(some(90, "file"))]);
  return directory({
    ...Object.fromEntries(directories),
    full: directory({
      ...some(1200, "𝒜".repeat(40)),
      "zz": hardlink("d1/file1"),
      zzz: directory(some(3, "x")),
    }),
  });
}

Deno.test("a tree of any size is read ahead, in directories of any size", () =>
  withDirectory(async (root) => {
    writeTree(root, manyFiles());
    await assertSame(select([root]));
  }));

Deno.test("a walk that waits before each piece finds the same", async () => {
  await withDirectory(async (root) => {
    writeTree(root, manyFiles());
    const selection = select([root]);
    const found: SourceEntry[] = [];
    const ahead = readAhead(hostOf(selection), MANY);
    for (const entry of walkWithGaps(selection, noTrouble, { ahead })) {
      if (entry !== undefined) found.push(entry);
      if (entry === undefined || found.length % 400 === 0) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    assert.deepEqual(found, [...walkWithGaps(selection, noTrouble)].filter((it) => it !== undefined));
  });
});

Deno.test("what is removed and added while the thread is ahead is no error of the walk", () =>
  withDirectory(async (root) => {
    writeTree(root, manyFiles());
    const selection = select([root]);
    const troubles: Trouble[] = [];
    const ahead = readAhead(hostOf(selection), MANY);
    const walked = walkWithGaps(selection, (it) => troubles.push(it), { ahead });
    while (walked.next().value?.file !== `${root}/d0/file3`) await pause();
    for (const at of [0, 1, 9]) Deno.removeSync(`${root}/d${at}`, { recursive: true });
    Deno.removeSync(`${root}/full`, { recursive: true });
    Deno.writeTextFileSync(`${root}/full`, "now a file");
    Deno.writeTextFileSync(`${root}/d39/new`, "");
    const rest: SourceEntry[] = [];
    for (const entry of walked) {
      if (entry === undefined) await pause();
      else rest.push(entry);
    }
    assert.equal(rest.find(({ file }) => file === `${root}/d39/file89`)?.type, "file");
    for (const { kind } of troubles) assert.equal(kind, "vanished");
  }));

for (
  const [what, end] of Object.entries({
    "ends before its first answer": (memory: SharedArrayBuffer) => new RingWriter(memory).end(),
    "fails": (_: SharedArrayBuffer, ahead: DirectoriesAhead) => ahead.abandon(),
  })
) {
  Deno.test(`a walk continues alone if the thread ${what}`, () =>
    withDirectory(async (root) => {
      writeTree(root, directory({ a: directory({ b: file("x") }), c: symlink("a") }));
      const memory = ringMemory();
      let stopped = 0;
      const ahead = new DirectoriesAhead(memory, false, () => stopped += 1);
      end(memory, ahead);
      assert.deepEqual(await seen(select([root]), ahead), await seen(select([root])));
      assert.equal(stopped, 1);
    }));
}

Deno.test("a walk pauses as long as the thread has no answer, and goes on alone when it has failed", () =>
  withDirectory((root) => {
    writeTree(root, directory({ a: file("x") }));
    const ahead = new DirectoriesAhead(ringMemory(), false, () => {});
    const walked = walkWithGaps(select([root]), noTrouble, { ahead });
    assert.equal(walked.next().value?.file, root);
    for (let gap = 0; gap < 3; gap += 1) assert.deepEqual(walked.next(), { value: undefined, done: false });
    ahead.abandon();
    assert.deepEqual([...walked].map((it) => it?.file).filter((it) => it !== undefined), [`${root}/a`]);
  }));

Deno.test("the memory of what is read ahead does not depend on the tree", () => {
  assert.ok(ringMemory().byteLength <= 4 * 1024 * 1024);
});

Deno.test("small trees, one job and machines with little memory have no thread", () => {
  const selection = select(["/nowhere"]);
  assert.equal(readAhead(hostOf(selection), { entries: 19_999 }), undefined);
  assert.equal(readAhead(hostOf(selection, { jobs: 1 }), MANY), undefined);
  const small = fitted({ ...hostOf(selection), jobs: undefined } as never, { profile: "small" });
  assert.equal(readAhead(small, MANY), undefined);
});

Deno.test("a program ends that leaves a walk while its thread waits", () =>
  withDirectory(async (root) => {
    writeTree(root, manyFiles());
    const main = new URL("read_ahead_main.ts", import.meta.url).pathname;
    const { text } = await must(Deno.execPath(), ["run", "-A", "--quiet", "--cached-only", main, root]);
    assert.equal(text.trim(), "3");
  }));

Deno.test("a backup of a large tree that was backed up before sends only what has changed", async () => {
  const files = Array.from({ length: 20_000 }, (_, at) => [`f${at}`, file("")]);
  const tree = directory({ many: directory(Object.fromEntries(files)), one: file("1") });
  await withLife(tree, async (life) => {
    const first = await life.backup();
    life.now += 60_000;
    Deno.writeTextFileSync(`${life.source}/one`, "two");
    const { entries, sent, unread } = await life.backup();
    assert.deepEqual({ entries, sent, unread }, {
      entries: first.entries,
      sent: { entries: 1, bytes: 3 },
      unread: 0,
    });
  }, { jobs: 2 });
});
