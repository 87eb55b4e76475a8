import assert from "node:assert/strict";
import { Inspector } from "../../lib/source/inspect.ts";
import { walk } from "../../lib/source/walk.ts";
import type { Trouble } from "../../lib/model/trouble.ts";
import { bash, foreignTest, must } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";
import { directory, file, hardlink, symlink, writeTree } from "./tree.ts";
import { below, select, walkApart, walked, withoutPrivilege } from "./walking.ts";

function kinds(root: string, troubles: readonly Trouble[]): string[] {
  return troubles.map(({ kind, path }) => `${kind} ${path.slice(root.length + 1)}`);
}

const LEAST = ["--allow-sys=statfs"];
const reading = (
  ...paths: string[]
): string[] => [...LEAST, `--allow-read=${[...paths, "/etc/passwd", "/etc/group"]}`];

foreignTest(
  ["setpriv"],
  "each entry that may not be read is reported, and the rest is found",
  async () => {
    await withDirectory(async (root) => {
      writeTree(
        root,
        directory({
          a: file("1"),
          closed: directory({ b: file("2") }, { mode: 0 }),
          listed: directory({ c: file("3"), d: file("4") }, { mode: 0o600 }),
          secret: file("5", { mode: 0 }),
          z: file("6"),
        }),
      );
      const { entries, troubles, contents } = await walkApart(
        select([root]),
        reading(root),
        withoutPrivilege(),
      );
      assert.deepEqual(below(root, entries), ["a", "closed", "listed", "secret", "z"]);
      assert.deepEqual(kinds(root, troubles), [
        "unread closed",
        "unread listed/c",
        "unread listed/d",
        "unread secret",
      ]);
      for (const { reason } of troubles) assert.equal(reason, "permission denied");
      assert.deepEqual(Object.keys(contents).map((path) => path.slice(root.length)), ["a", "z"]);
    });
  },
);

foreignTest(["setpriv"], "each name of a file that may not be read is reported", async () => {
  await withDirectory(async (root) => {
    writeTree(
      root,
      directory({ a: file("1", { mode: 0 }), b: hardlink("a"), c: file("2"), d: hardlink("c") }),
    );
    const { entries, troubles } = await walkApart(select([root]), reading(root), withoutPrivilege());
    assert.deepEqual(below(root, entries), ["c", "d"]);
    assert.deepEqual(kinds(root, troubles), ["unread a", "unread b"]);
  });
});

foreignTest(
  ["setpriv"],
  "a file of another owner is read though its access time cannot be left alone",
  async () => {
    await withDirectory(async (root) => {
      writeTree(root, directory({ a: file("hello", Deno.uid() === 0 ? { uid: 12345 } : {}) }));
      const { contents, troubles } = await walkApart(select([root]), reading(root), withoutPrivilege());
      assert.deepEqual(troubles, []);
      assert.deepEqual(Object.values(contents), [btoa("hello")]);
    });
  },
);

Deno.test("a path without permission is unread, and reported in words", async () => {
  await withDirectory(async (root) => {
    writeTree(root, directory({ a: file("1"), b: file("2") }));
    const permissions = [...reading(root), `--deny-read=${root}/b`];
    const { entries, troubles } = await walkApart(select([`${root}/a`, `${root}/b`, "/proc"]), permissions);
    assert.deepEqual(below(root, entries), ["a"]);
    assert.deepEqual(troubles.map(({ kind, path }) => [kind, path]), [["unread", "/proc"], [
      "unread",
      `${root}/b`,
    ]]);
    for (const { reason } of troubles) assert.match(reason, /without the permission/);
  });
});

Deno.test("a walk continues without the names of owners", async () => {
  await withDirectory(async (root) => {
    writeTree(root, directory({ a: file() }));
    const { entries, troubles } = await walkApart(select([root]), [`--allow-read=${root}`]);
    assert.deepEqual(entries.map(({ user, group }) => user + group), ["", ""]);
    assert.deepEqual(troubles, []);
  });
});

Deno.test("a declared path that is not there is unread", () => {
  const { entries, troubles } = walked(select(["/nowhere/at/all", "/etc/passwd/x"]));
  assert.deepEqual(entries, []);
  assert.deepEqual(troubles.map(({ kind, path }) => [kind, path]), [
    ["unread", "/etc/passwd/x"],
    ["unread", "/nowhere/at/all"],
  ]);
  assert.equal(troubles[1]!.reason, "nothing has this name");
});

Deno.test("a path that is gone when the walk reaches it has vanished", async () => {
  await withDirectory((root) => {
    writeTree(root, directory({ a: file(), b: file(), c: directory({ d: file() }), e: file() }));
    const troubles: Trouble[] = [];
    const entries = walk(select([root]), (trouble) => troubles.push(trouble));
    const seen = [];
    for (const entry of entries) {
      seen.push(entry);
      if (entry.file === `${root}/a`) Deno.removeSync(`${root}/b`);
      if (entry.file === `${root}/c`) Deno.removeSync(`${root}/c`, { recursive: true });
    }
    assert.deepEqual(below(root, seen), ["a", "c", "e"]);
    assert.deepEqual(kinds(root, troubles), ["vanished b", "vanished c"]);
  });
});

foreignTest(
  ["bash"],
  "a name that is not UTF-8 is unread, and a real U+FFFD is a name like any other",
  async () => {
    await withDirectory(async (root) => {
      await bash(
        String
          .raw`mkdir $'dir\xff' && touch $'bad\xff' $'bad\xfe' $'bad\xef\xbf\xbd' $'dir\xff/inside' $'lone\xc3' good`,
        { cwd: root },
      );
      const { entries, troubles } = walked(select([root]));
      assert.deepEqual(below(root, entries), ["bad\ufffd", "good"]);
      assert.deepEqual(kinds(root, troubles).sort(), [
        "unread bad\ufffd",
        "unread bad\ufffd",
        "unread dir\ufffd",
        "unread lone\ufffd",
      ]);
      for (const { reason } of troubles) assert.match(reason, /not UTF-8/);
    });
  },
);

foreignTest(
  ["bash"],
  "a symlink to what is not UTF-8 is unread, and one to a real U+FFFD is not",
  async () => {
    await withDirectory(async (root) => {
      await bash(String.raw`ln -s $'to\xff' bad && ln -s $'to\xef\xbf\xbd' good`, { cwd: root });
      const { entries, troubles } = walked(select([root]));
      assert.deepEqual(entries.slice(1).map(({ link }) => link), ["to\ufffd"]);
      assert.deepEqual(kinds(root, troubles), ["unread bad"]);
      assert.match(troubles[0]!.reason, /not UTF-8/);
    });
  },
);

Deno.test("a path that is too long for the system is unread, not the end of the walk", async () => {
  await withDirectory(async (root) => {
    const name = "n".repeat(250);
    await bash(`for i in {1..17}; do mkdir ${name}; cd -P ${name}; done; touch deepest`, { cwd: root });
    const { entries, troubles } = walked(select([root]));
    assert.ok(entries.length >= 16);
    assert.deepEqual(troubles.map(({ kind }) => kind), ["unread"]);
    assert.match(troubles[0]!.reason, /too long/);
    await bash(`rm -r ${name}`, { cwd: root });
  });
});

foreignTest(["python3"], "a socket is reported and left out, and unread where it is declared", async () => {
  await withDirectory(async (root) => {
    await must("python3", ["-c", "import socket; socket.socket(socket.AF_UNIX).bind('socket')"], {
      cwd: root,
    });
    writeTree(root, directory({ a: file(), link: symlink("socket") }));
    for (const [kind, paths] of [["skipped", [root]], ["unread", [`${root}/a`, `${root}/socket`]]] as const) {
      const { entries, troubles } = walked(select([...paths]));
      assert.deepEqual(below(root, entries.filter(({ type }) => type === "file")), ["a"]);
      assert.ok(!below(root, entries).includes("socket"));
      assert.deepEqual(kinds(root, troubles), [`${kind} socket`]);
      assert.match(troubles[0]!.reason, /socket/);
    }
  });
});

Deno.test("a modification time that no date can name is reported, and stored as 1970", () =>
  withDirectory((root) => {
    Deno.writeTextFileSync(`${root}/a`, "a");
    const stat = Deno.lstatSync(`${root}/a`);
    for (const mtime of [new Date(NaN), null]) {
      const troubles: Trouble[] = [];
      const entry = new Inspector((it) => troubles.push(it)).entry(`${root}/a`, { ...stat, mtime });
      assert.equal(entry?.mtime, 0);
      assert.deepEqual(troubles.map(({ kind }) => kind), ["skipped"]);
    }
  }));
