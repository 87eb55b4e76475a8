import assert from "node:assert/strict";
import { blocks } from "./blocks.ts";
import { must } from "../support/foreign.ts";

const root = new URL("../../", import.meta.url).pathname;
const text = Deno.readTextFileSync(`${root}docs/CODE.md`);

Deno.test("the guide to the code names every directory of lib/, and only files that exist", () => {
  for (const { name, isDirectory } of Deno.readDirSync(`${root}lib`)) {
    assert.ok(text.includes(`| \`lib/${name}${isDirectory ? "/" : ""}\` |`), name);
  }
  for (const [, path] of text.matchAll(/`((?:lib|tests|docs)\/[\w/.]+)`/g)) {
    Deno.statSync(root + path!);
  }
});

Deno.test("the paths of a backup and of a restore name functions that are in these files", () => {
  const rows = [...text.matchAll(/^\| \d+ \| `([\w.]+)` in `(lib\/[\w/.]+)`/gm)];
  assert.ok(rows.length > 20);
  for (const [, name, path] of rows) {
    for (const part of name!.split(".")) {
      assert.match(Deno.readTextFileSync(root + path!), new RegExp(`\\b${part}\\b`), `${name} in ${path}`);
    }
  }
});

Deno.test("the commands for single tests in the guide to the code run tests", async () => {
  const [block] = blocks("docs/CODE.md", "sh");
  for (const line of block!.trim().split("\n")) {
    // Types are checked by the gate, which takes longer than these tests.
    const words = ["-c", line.replace("deno test", '"$0" test --no-check'), Deno.execPath()];
    const { text } = await must("sh", words, { cwd: root, env: { NO_COLOR: "1" } });
    assert.match(text, /ok \| [1-9]\d* passed/);
  }
});
