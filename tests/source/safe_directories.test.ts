import assert from "node:assert/strict";
import { openSource } from "../../lib/source/read.ts";
import { SafeDirectories } from "../../lib/source/safe_directories.ts";
import type { SourceEntry } from "../../lib/source/walk.ts";
import { withDirectory } from "../support/directory.ts";
import { directory, file, symlink, writeTree } from "./tree.ts";
import { rootTest, select, walked } from "./walking.ts";

const EXT4 = 0xef53;
const FUSE = 0x6573_5546;

function holds(path: string, type = EXT4): boolean {
  return new SafeDirectories(() => type).hold(path);
}

rootTest("a directory of root in which only root can write holds its files", () =>
  withDirectory((root) => {
    writeTree(root, directory({ a: directory({ b: file() }) }, { mode: 0o755 }));
    assert.ok(holds(`${root}/a/b`));
  }));

for (const mode of [0o775, 0o757, 0o1777]) {
  rootTest(
    `a directory with mode ${mode.toString(8)} does not hold its files`,
    () =>
      withDirectory((root) => {
        writeTree(root, directory({ a: directory({ b: file() }, { mode }) }));
        assert.equal(holds(`${root}/a/b`), false);
      }),
  );
}

for (const [mode, isSafe] of [[0o775, false], [0o757, false], [0o1777, true]] as const) {
  rootTest(
    `a directory below one with mode ${mode.toString(8)} ${isSafe ? "holds" : "does not hold"} its files`,
    () =>
      withDirectory((root) => {
        writeTree(root, directory({ a: directory({ b: directory({ c: file() }) }, { mode }) }));
        assert.equal(holds(`${root}/a/b/c`), isSafe);
      }),
  );
}

rootTest("a directory of another user does not hold its files, at any depth", () =>
  withDirectory((root) => {
    writeTree(root, directory({ a: directory({ b: directory({ c: file() }), d: file() }, { uid: 12345 }) }));
    assert.equal(holds(`${root}/a/d`), false);
    assert.equal(holds(`${root}/a/b/c`), false);
  }));

rootTest("a path through a link is not relied on", () =>
  withDirectory((root) => {
    writeTree(root, directory({ a: directory({ b: file() }), l: symlink("a") }));
    assert.ok(holds(`${root}/a/b`));
    assert.equal(holds(`${root}/l/b`), false);
  }));

rootTest(
  "a file system that a program or a server can change does not hold files",
  () =>
    withDirectory((root) => {
      writeTree(root, directory({ a: file() }));
      assert.ok(holds(`${root}/a`));
      assert.equal(holds(`${root}/a`, FUSE), false);
    }),
);

/** Runs `body` while `lstat` returns for the path of `entry` what it returned before. */
function withKnownStat(entry: SourceEntry, body: () => void): void {
  const { lstatSync } = Deno;
  const known = lstatSync(entry.file);
  Deno.lstatSync = (path): Deno.FileInfo => path === entry.file ? known : lstatSync(path);
  try {
    Deno.renameSync(entry.file, `${entry.file}.kept`);
    Deno.writeTextFileSync(entry.file, "secret");
    body();
  } finally {
    Deno.lstatSync = lstatSync;
  }
}

rootTest(
  "a user who replaces a file while it is opened, and puts it back, is noticed",
  () =>
    withDirectory((root) => {
      writeTree(root, directory({ a: directory({ b: file("x") }, { mode: 0o777 }) }));
      const entry = walked(select([`${root}/a/b`])).entries[0]!;
      withKnownStat(entry, () => {
        const kinds: string[] = [];
        const content = openSource(entry, ({ kind }) => kinds.push(kind), undefined, new SafeDirectories());
        assert.equal(content, undefined);
        assert.deepEqual(kinds, ["vanished"]);
      });
    }),
);

rootTest(
  "a safe directory is looked at again, for each file that was replaced or removed",
  () =>
    withDirectory((root) => {
      writeTree(root, directory({ a: file("old"), b: file("removed") }));
      const safe = new SafeDirectories(() => EXT4);
      const [, a, b] = walked(select([root])).entries;
      writeTree(`${root}/new`, file("newer", { mtime: 99 }));
      Deno.renameSync(`${root}/new`, a!.file);
      const kinds: string[] = [];
      const open = (entry: SourceEntry): string | undefined => {
        using stack = new DisposableStack();
        const content = openSource(entry, ({ kind }) => kinds.push(kind), undefined, safe);
        if (content === undefined) return undefined;
        stack.defer(() => content.close());
        const bytes = new Uint8Array(100);
        return new TextDecoder().decode(bytes.subarray(0, content.read(bytes)));
      };
      assert.equal(open(a!), "newer");
      assert.equal(open(b!), "removed");
      Deno.removeSync(b!.file);
      assert.equal(open(b!), undefined);
      assert.deepEqual(kinds, ["changed", "vanished"]);
    }),
);
