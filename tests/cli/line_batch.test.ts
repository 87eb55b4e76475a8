import assert from "node:assert/strict";
import { LineBatch } from "../../lib/cli/line_batch.ts";
import { Output } from "../../lib/cli/output.ts";

Deno.test("lines are printed in order and complete, with few writes, each escaped", () => {
  const writes: string[] = [];
  const plain = { json: false, quiet: true, verbose: false, color: false, journal: false };
  const output = new Output(plain, { isLive: false, stdout: (text) => writes.push(text), stderr: () => {} });
  const batch = new LineBatch(output);
  const lines = Array.from({ length: 1234 }, (_, at) => `line ${at}`);
  for (const line of lines) batch.add(line);
  batch.add("a\u001b[2Jb\nc");
  batch.end();
  batch.end();
  assert.equal(writes.join(""), [...lines, String.raw`a\x1b[2Jb\nc`].join("\n") + "\n");
  assert.ok(writes.length < 100, String(writes.length));
});
