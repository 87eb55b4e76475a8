import assert from "node:assert/strict";
import { decodeTaskContext } from "../../lib/cli/task_context.ts";
import { Misuse } from "../../lib/model/failure.ts";
import { withDirectory } from "../support/directory.ts";
import { must } from "../support/foreign.ts";

const script = new URL("../../lib/permissions/task_context.sh", import.meta.url).pathname;

Deno.test("a task passes the directory of its parent and the config there, whatever the name of the directory", () =>
  withDirectory(async (at) => {
    for (const name of ["plain", "two  blanks 'and' $HOME", 'ü:"', "line\nbreak"]) {
      const directory = `${at}/${name}`;
      Deno.mkdirSync(directory);
      Deno.writeTextFileSync(`${directory}/backup.config.ts`, "");
      // The shell, whose directory is meant, stays the parent of the script.
      const { text } = await must("sh", ["-c", `"$0"; exit`, script], { cwd: directory });
      assert.deepEqual(decodeTaskContext(text.trim()), {
        from: directory,
        config: `${directory}/backup.config.ts`,
      });
    }
  }));

Deno.test("a task finds its clone whatever the environment names", () =>
  withDirectory(async (at) => {
    Deno.mkdirSync(`${at}/lib/permissions`, { recursive: true });
    const clone = new URL("../../", import.meta.url).pathname.replace(/\/$/, "");
    const { text } = await must("sh", ["-c", "lib/permissions/task_context.sh; exit"], {
      cwd: clone,
      env: { CDPATH: at, word: "ff", here: at, from: at },
    });
    assert.deepEqual(decodeTaskContext(text.trim()), { from: clone, config: `${clone}/backup.config.ts` });
  }));

Deno.test("a context in another form is refused", () => {
  for (const text of ["", "2f", "2f:2", "2F:2f", "/:/", "2f:2f:2f", "2f :2f"]) {
    assert.throws(() => decodeTaskContext(text), Misuse, text);
  }
});
