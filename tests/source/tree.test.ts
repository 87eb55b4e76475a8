import assert from "node:assert/strict";
import { withDirectory } from "../support/directory.ts";
import {
  assertSameTree,
  assertTree,
  directory,
  fifo,
  file,
  hardlink,
  type Node,
  symlink,
  writeTree,
} from "./tree.ts";

const tree = directory({
  "notes.txt": file("hello", { mode: 0o640, mtime: 1_700_000_000_123 }),
  "same.txt": hardlink("notes.txt"),
  "old": file("", { mtime: -86_400_500 }),
  sub: directory({ link: symlink("../notes.txt", { mtime: 4_200_000_000_001 }), deep: directory() }, {
    mode: 0o500,
  }),
  pipe: fifo({ mode: 0o600 }),
}, { mtime: 1_600_000_000_000 });

Deno.test("a tree that was written is the tree that was described", async () => {
  await withDirectory((root) => {
    writeTree(root, tree);
    assertTree(root, tree);
    assert.equal(Deno.lstatSync(`${root}/notes.txt`).mtime!.getTime(), 1_700_000_000_123);
    assert.equal(Deno.lstatSync(`${root}/notes.txt`).ino, Deno.lstatSync(`${root}/same.txt`).ino);
    assert.equal(Deno.readTextFileSync(`${root}/sub/link`), "hello");
    assert.ok(Deno.lstatSync(`${root}/pipe`).isFifo);
  });
});

const others: Readonly<Record<string, Node>> = {
  "a file too few": directory({ a: file("x") }),
  "a file too many": directory({ a: file("x"), b: file("y"), c: file("") }),
  "other content": directory({ a: file("z"), b: file("y") }),
  "another type": directory({ a: symlink("x"), b: file("y") }),
  "another mode": directory({ a: file("x", { mode: 0o600 }), b: file("y") }),
  "a millisecond more": directory({ a: file("x", { mtime: 1001 }), b: file("y") }),
  "a hard link": directory({ a: file("x"), b: hardlink("a") }),
  "another mode of the root": directory({ a: file("x"), b: file("y") }, { mode: 0o711 }),
};

for (const [difference, other] of Object.entries(others)) {
  Deno.test(`a tree is distinguished from one with ${difference}`, async () => {
    await withDirectory((root) => {
      writeTree(
        `${root}/one`,
        directory({ a: file("x", { mode: 0o644, mtime: 1000 }), b: file("y") }, { mode: 0o755 }),
      );
      assert.throws(() => assertTree(`${root}/one`, other), assert.AssertionError);
    });
  });
}

Deno.test("a directory is the same by any path, and another one is not", async () => {
  await withDirectory((root) => {
    for (const name of ["one", "two"]) {
      writeTree(`${root}/${name}`, directory({ a: file("x", { mtime: 1 }) }, { mtime: 2 }));
    }
    assertSameTree(`${root}/one`, `${root}/two`);
    Deno.utimeSync(`${root}/two/a`, new Date(), new Date(2));
    assert.throws(() => assertSameTree(`${root}/one`, `${root}/two`), assert.AssertionError);
  });
});
