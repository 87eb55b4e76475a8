import assert from "node:assert/strict";
import { readPlainFile } from "../../lib/disk/read_plain_file.ts";
import { must } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";

Deno.test("a plain file within the limit is read; links, pipes and devices are not opened", () =>
  withDirectory(async (directory) => {
    Deno.writeTextFileSync(`${directory}/file`, "text");
    Deno.writeTextFileSync(`${directory}/empty`, "");
    Deno.symlinkSync("file", `${directory}/link`);
    Deno.symlinkSync("nothing", `${directory}/dangling`);
    Deno.symlinkSync("loop", `${directory}/loop`);
    Deno.mkdirSync(`${directory}/directory`);
    await must("mkfifo", [`${directory}/fifo`]);
    const found = (name: string, maxBytes = 4): string | undefined =>
      readPlainFile(name.startsWith("/") ? name : `${directory}/${name}`, maxBytes);
    assert.deepEqual([found("file"), found("empty", 0), found("file", 3)], ["text", "", undefined]);
    for (const name of ["link", "dangling", "loop", "directory", "fifo", "missing", "/dev/zero"]) {
      assert.equal(found(name), undefined, name);
    }
  }));
