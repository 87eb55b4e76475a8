/** A real tree: walked, archived, and held against the disk by GNU tar. */
import assert from "node:assert/strict";
import { archive } from "../../lib/archive/write.ts";
import type { Trouble } from "../../lib/model/trouble.ts";
import { openSource } from "../../lib/source/read.ts";
import { walk } from "../../lib/source/walk.ts";
import { directory, file, hardlink, symlink, writeTree } from "../source/tree.ts";
import { select } from "../source/walking.ts";
import { foreignTest, must, run } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";

/** Writes the archive of what is at `source` to `path` and gives the number of entries. */
function writeArchive(path: string, source: string): number {
  let entries = 0;
  const report = ({ path, reason }: Trouble): never => assert.fail(`${path}: ${reason}`);
  using output = Deno.createSync(path);
  const how = {
    open: (entry: Parameters<typeof openSource>[0]) => openSource(entry, report),
    done: () => void entries++,
  };
  for (const block of archive(walk(select([source]), report), how)) {
    for (let at = 0; at < block.length;) at += output.writeSync(block.subarray(at));
  }
  return entries;
}

foreignTest(
  ["tar", "find"],
  "GNU tar finds no difference between the archive of a real tree and the tree",
  async () => {
    await withDirectory(async (root) => {
      const entries = writeArchive(`${root}/a.tar`, "/usr/include");
      assert.equal(entries, (await must("find", ["/usr/include", "-printf", "x"])).text.length);
      const { code, text, stderr } = await run("tar", ["-C", "/", "-df", `${root}/a.tar`]);
      assert.deepEqual([code, text, stderr], [0, "", ""]);
    });
  },
);

foreignTest(["tar"], "GNU tar finds the difference when there is one", async () => {
  const time = { mtime: 1_700_000_000_123 };
  await withDirectory(async (root) => {
    writeTree(
      `${root}/t`,
      directory({ a: file("one", time), b: hardlink("a"), c: symlink("a", time), d: file("four", time) }),
    );
    writeArchive(`${root}/a.tar`, `${root}/t`);
    await must("tar", ["-C", "/", "-df", `${root}/a.tar`]);
    await Deno.writeTextFile(`${root}/t/d`, "FOUR");
    const { code, text } = await run("tar", ["-C", "/", "-df", `${root}/a.tar`]);
    assert.equal(code, 1);
    assert.match(text, /t\/d: Contents differ/);
  });
});
