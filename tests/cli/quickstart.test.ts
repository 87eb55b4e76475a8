import assert from "node:assert/strict";
import { assertSameTree, directory, file, writeTree } from "../source/tree.ts";
import { bash, run } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";
import { jsonLines, nightdrop } from "../support/nightdrop.ts";
import { ownDirectories } from "../support/own_directories.ts";
import { sampleTree } from "../support/sample_tree.ts";

/** With the command of this clone. */
const PATH = `${new URL("../../", import.meta.url).pathname}:${Deno.env.get("PATH")}`;

Deno.test("quickstart creates keys, a working config, a store and the restored tree, and prints their paths", () =>
  withDirectory(async (cwd) => {
    writeTree(`${cwd}/source`, sampleTree());
    const { code, text, stderr } = await nightdrop(["quickstart", "source", "--in", "drill", "--json"], {
      cwd,
    });
    assert.equal(code, 0, stderr);
    const reported = jsonLines(text).at(-1);
    assert.deepEqual([reported.event, reported.verify.damages, reported.restore.lost, reported.differences], [
      "quickstart",
      0,
      0,
      [],
    ]);
    assertSameTree(`${reported.restored}${cwd}/source`, `${cwd}/source`);
    const again = await nightdrop(["verify", "--config", "drill/backup.config.ts"], { cwd });
    assert.equal(again.code, 0, "the config that it wrote goes on working");
  }));

Deno.test("unreadable files are reported and do not fail the drill", () =>
  withDirectory(async (cwd) => {
    writeTree(`${cwd}/source`, directory({ good: file("good") }));
    await bash(`touch source/$'not \\xff UTF-8'`, { cwd });
    const { code, text, stderr } = await nightdrop(["quickstart", "source", "--in", "drill"], { cwd });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /unread: .*UTF-8/);
    assert.match(text, /1 path could not be read[\s\S]*the same as what could be read/);
  }));

Deno.test("quickstart refuses an existing directory", () =>
  withDirectory(async (cwd) => {
    Deno.mkdirSync(`${cwd}/drill`);
    const { code, stderr } = await nightdrop(["quickstart", "--in", "drill"], { cwd });
    assert.deepEqual([code, /exists/.test(stderr)], [2, true]);
  }));

Deno.test("a second quickstart uses another directory, and the commands that it prints run as they are", () =>
  withDirectory(async (cwd) => {
    writeTree(`${cwd}/my source`, sampleTree());
    const ran = async (line: string): Promise<string> => {
      const { code, text, stderr } = await run("sh", ["-c", line], {
        cwd,
        env: { ...ownDirectories(cwd), PATH },
      });
      assert.equal(code, 0, `${line}\n${stderr}`);
      return text;
    };
    Deno.mkdirSync(`${cwd}/quickstart`);
    const text = await ran("nightdrop quickstart 'my source'");
    assert.deepEqual([...Deno.readDirSync(`${cwd}/quickstart`)], []);
    const lines = text.slice(text.indexOf("Try these:")).split("\n").slice(1, 4).map((line) => line.trim());
    const [listed, files, restored] = [await ran(lines[0]!), await ran(lines[1]!), await ran(lines[2]!)];
    assert.match(listed!, /^\S+\/2\d{7}T/m);
    assert.match(files!, /my source/);
    assert.match(restored!, /: 1 entry of /);
  }));
