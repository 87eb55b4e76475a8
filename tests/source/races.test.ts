/** What changes its type, or goes, between being met and being read: trees live, so none of it makes a backup incomplete. */
import assert from "node:assert/strict";
import type { Trouble } from "../../lib/model/trouble.ts";
import { openSource } from "../../lib/source/read.ts";
import { walk } from "../../lib/source/walk.ts";
import { foreignTest } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";
import { directory, file, symlink, writeTree } from "./tree.ts";
import { below, select, walked } from "./walking.ts";

/** What takes the place of `a`, by the shell. */
const PLACES: Readonly<Record<string, string>> = {
  nothing: "true",
  "a file of another owner": "echo other > a; chown 12345 a",
  "a directory": "mkdir a",
  "a symlink": "ln -s m a",
  "a symlink to a directory": "ln -s d a",
  "a symlink to nothing": "ln -s none a",
  "a symlink to itself": "ln -s a a",
  "a fifo": "mkfifo a",
  "a socket": `python3 -c "import socket; socket.socket(socket.AF_UNIX).bind('a')"`,
  "a device": "mknod a c 1 3",
};

function replace(root: string, place: string): void {
  const script = `rm -rf a; ${PLACES[place]}`;
  const { success } = new Deno.Command("sh", { args: ["-c", script], cwd: root }).outputSync();
  assert.ok(success, place);
}

function kinds(root: string, troubles: readonly Trouble[]): string[] {
  return troubles.map(({ kind, path }) => `${kind} ${path.slice(root.length + 1)}`);
}

for (const place of Object.keys(PLACES)) {
  foreignTest(["python3"], `a file whose place ${place} took has vanished`, () =>
    withDirectory((root) => {
      writeTree(root, directory({ a: file("x"), d: directory(), m: file("m") }));
      const [, entry] = walked(select([root])).entries;
      replace(root, place);
      const troubles: Trouble[] = [];
      assert.equal(openSource(entry!, (trouble) => troubles.push(trouble)), undefined);
      assert.deepEqual(kinds(root, troubles), ["vanished a"]);
    }));

  if (["a directory", "a symlink to a directory"].includes(place)) continue;
  foreignTest(
    ["python3"],
    `a directory whose place ${place} took has vanished, with what it held`,
    () =>
      withDirectory((root) => {
        writeTree(root, directory({ a: directory({ b: file() }), d: directory(), m: file("m") }));
        const troubles: Trouble[] = [];
        const seen = [];
        for (const entry of walk(select([root]), (trouble) => troubles.push(trouble))) {
          seen.push(entry);
          if (entry.file === `${root}/a`) replace(root, place);
        }
        assert.deepEqual(below(root, seen), ["a", "d", "m"]);
        assert.deepEqual(kinds(root, troubles), ["vanished a"]);
      }),
  );

  foreignTest(
    ["python3"],
    `what was listed in a directory whose place ${place} took has vanished`,
    () =>
      withDirectory((root) => {
        writeTree(
          root,
          directory({ a: directory({ b: file(), c: file(), e: directory() }), d: directory(), m: file("m") }),
        );
        const troubles: Trouble[] = [];
        for (const entry of walk(select([root]), (trouble) => troubles.push(trouble))) {
          if (entry.file === `${root}/a/b`) replace(root, place);
        }
        assert.deepEqual(kinds(root, troubles), ["vanished a/c", "vanished a/e"]);
      }),
  );
}

Deno.test("a symlink whose place a file took before its target was read has vanished", () =>
  withDirectory((root) => {
    writeTree(root, directory({ a: symlink("x"), b: file() }));
    const readLinkSync = Deno.readLinkSync;
    try {
      Deno.readLinkSync = (path) => {
        Deno.removeSync(path);
        Deno.writeTextFileSync(path, "");
        return readLinkSync(path);
      };
      const { entries, troubles } = walked(select([root]));
      assert.deepEqual(below(root, entries), ["b"]);
      assert.deepEqual(kinds(root, troubles), ["vanished a"]);
    } finally {
      Deno.readLinkSync = readLinkSync;
    }
  }));
