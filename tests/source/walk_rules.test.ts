import assert from "node:assert/strict";
import type { Selection } from "../../lib/model/selection.ts";
import { withDirectory } from "../support/directory.ts";
import { directory, fifo, file, type Node, symlink, writeTree } from "./tree.ts";
import { below, pathsBelow, select, walked } from "./walking.ts";

const SIGNATURE = "Signature: 8a477f597d28d172789f06886806bc55";

/** What rules leave of a tree; `%` in a rule stands for the root. */
function keeps(
  name: string,
  tree: Node,
  rules: (root: string) => Partial<Selection>,
  wanted: string[],
): void {
  Deno.test(name, async () => {
    await withDirectory((root) => {
      writeTree(root, tree);
      const { entries, troubles } = walked(select([root], rules(root)));
      assert.deepEqual(below(root, entries), wanted);
      assert.deepEqual(troubles, [], "what a rule leaves out is not told");
    });
  });
}

const tree = directory({
  "a.tmp": file(),
  app: directory({ cache: directory({ x: file() }), "b.tmp": directory({ c: file() }), main: file() }),
  cache: file(),
  srv: directory({ cache: directory({ y: file() }) }),
});

keeps("a name is excluded wherever it is, with all below it", tree, () => ({ exclude: ["cache", "*.tmp"] }), [
  "app",
  "app/main",
  "srv",
]);

keeps("a pattern with a slash at the end excludes directories alone", tree, () => ({ exclude: ["cache/"] }), [
  "a.tmp",
  "app",
  "app/b.tmp",
  "app/b.tmp/c",
  "app/main",
  "cache",
  "srv",
]);

keeps(
  "a path is excluded where it is",
  tree,
  (root) => ({ exclude: [`${root}/srv/cache`, `${root}/app/*/x`, `${root}/**/c`] }),
  ["a.tmp", "app", "app/b.tmp", "app/cache", "app/main", "cache", "srv"],
);

Deno.test("an excluded path is not even inspected", async () => {
  await withDirectory((root) => {
    writeTree(root, directory({ closed: directory({ a: file() }), b: file() }));
    const excluded = `${root}/closed`;
    const lstat = Deno.lstatSync;
    const seen: (string | URL)[] = [];
    Deno.lstatSync = (path) => (seen.push(path), lstat(path));
    try {
      assert.deepEqual(pathsBelow(root, { exclude: [excluded] }), ["b"]);
    } finally {
      Deno.lstatSync = lstat;
    }
    assert.deepEqual(seen, [root, `${root}/b`]);
  });
});

const marked = directory({
  plain: directory({ a: file() }),
  marked: directory({ ".nobackup": file("x"), a: file(), sub: directory({ b: file() }) }),
  deep: directory({ marked: directory({ ".skip": directory({ c: file() }), "z": file() }) }),
});

keeps(
  "of a directory with a marker the marker and the directory stay",
  marked,
  () => ({ excludeIfPresent: [".nobackup", ".skip"] }),
  [
    "deep",
    "deep/marked",
    "deep/marked/.skip",
    "deep/marked/.skip/c",
    "marked",
    "marked/.nobackup",
    "plain",
    "plain/a",
  ],
);

const caches = directory({
  good: directory({ "CACHEDIR.TAG": file(SIGNATURE + "\n# made by a test\n"), a: file() }),
  exact: directory({ "CACHEDIR.TAG": file(SIGNATURE), a: file() }),
  short: directory({ "CACHEDIR.TAG": file(SIGNATURE.slice(0, -1)), a: file() }),
  other: directory({ "CACHEDIR.TAG": file(" " + SIGNATURE), a: file() }),
  link: directory({ "CACHEDIR.TAG": symlink("../good/CACHEDIR.TAG"), a: file() }),
  pipe: directory({ "CACHEDIR.TAG": fifo(), a: file() }),
  sub: directory({ "CACHEDIR.TAG": directory({ a: file() }) }),
});

keeps("of a cache only its signed tag and the directory stay", caches, () => ({ excludeCaches: true }), [
  "exact",
  "exact/CACHEDIR.TAG",
  "good",
  "good/CACHEDIR.TAG",
  "link",
  "link/CACHEDIR.TAG",
  "link/a",
  "other",
  "other/CACHEDIR.TAG",
  "other/a",
  "pipe",
  "pipe/CACHEDIR.TAG",
  "pipe/a",
  "short",
  "short/CACHEDIR.TAG",
  "short/a",
  "sub",
  "sub/CACHEDIR.TAG",
  "sub/CACHEDIR.TAG/a",
]);

Deno.test("markers and tags count only when they are asked for, and never for a declared path", async () => {
  await withDirectory((root) => {
    writeTree(
      root,
      directory({
        "CACHEDIR.TAG": file(SIGNATURE),
        ".nobackup": file(),
        a: directory({ "CACHEDIR.TAG": file(SIGNATURE), b: file() }),
      }),
    );
    assert.equal(pathsBelow(root).length, 5);
    const rules = { excludeCaches: true, excludeIfPresent: [".nobackup"] };
    assert.deepEqual(pathsBelow(root, rules), [".nobackup", "CACHEDIR.TAG", "a", "a/CACHEDIR.TAG"]);
  });
});

Deno.test("files above maxFileSize are left out and reported, declared ones are not", async () => {
  await withDirectory((root) => {
    writeTree(
      root,
      directory({ exact: file("12345"), large: file("123456"), link: symlink("a long target") }),
    );
    const { entries, troubles } = walked(select([root], { maxFileSize: 5 }));
    assert.deepEqual(below(root, entries), ["exact", "link"]);
    assert.deepEqual(troubles.map(({ kind, path }) => [kind, path]), [["skipped", `${root}/large`]]);
    assert.match(troubles[0]!.reason, /6 bytes/);
    assert.equal(walked(select([`${root}/large`], { maxFileSize: 5 })).entries.length, 1);
  });
});

Deno.test("markers are looked for without opening them, and a tag that is a fifo holds nothing up", async () => {
  await withDirectory((root) => {
    writeTree(
      root,
      directory({
        a: directory({ "CACHEDIR.TAG": fifo(), b: file() }),
        c: directory({ ".nobackup": fifo(), d: file() }),
      }),
    );
    const rules = { excludeCaches: true, excludeIfPresent: [".nobackup"] };
    assert.deepEqual(pathsBelow(root, rules), ["a", "a/CACHEDIR.TAG", "a/b", "c", "c/.nobackup"]);
  });
});
