import assert from "assert";
import { readPlainFile } from "../../lib/disk/read_plain_file.ts";
import { must } from "../support/foreign.ts";
import { withFolder } from "../support/folder.ts";

Deno.test("a plain file within the bound is read, and nothing else is opened, followed or waited for", () =>
  withFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/file`, "text");
    Deno.writeTextFileSync(`${folder}/empty`, "");
    Deno.symlinkSync("file", `${folder}/link`);
    Deno.symlinkSync("nothing", `${folder}/dangling`);
    Deno.symlinkSync("loop", `${folder}/loop`);
    Deno.mkdirSync(`${folder}/directory`);
    await must("mkfifo", [`${folder}/fifo`]);
    const found = (name: string, maxBytes = 4): string | undefined =>
      readPlainFile(name.startsWith("/") ? name : `${folder}/${name}`, maxBytes);
    assert.deepEqual([found("file"), found("empty", 0), found("file", 3)], ["text", "", undefined]);
    for (const name of ["link", "dangling", "loop", "directory", "fifo", "missing", "/dev/zero"]) {
      assert.equal(found(name), undefined, name);
    }
  }));
