/** Deno reads the code of a command when it runs, not that of all commands before the first one starts. */
import assert from "node:assert/strict";
import { ROOT } from "../../scripts/build/run.ts";
import { withDirectory } from "../support/directory.ts";
import { must, run } from "../support/foreign.ts";

const CLONE = ["deno.json", "deno.lock", "lib", "mod.ts", "nightdrop"].map((name) => `${ROOT}/${name}`);

for (
  const [how, start] of [
    ["the script", (clone: string) => [`${clone}/nightdrop`]],
    ["a task", (clone: string) => [Deno.execPath(), "task", "--quiet", "--config", `${clone}/deno.json`]],
  ] as const
) {
  Deno.test(`${how} starts a command where Deno cannot read the code of another one`, () =>
    withDirectory(async (clone) => {
      await must("cp", ["-r", ...CLONE, clone]);
      Deno.writeTextFileSync(`${clone}/lib/cli/commands/drill.ts`, "not a program");
      const [program, ...words] = start(clone);
      const keygen = await run(program!, [...words, "keygen", `${clone}/keys`]);
      assert.equal(keygen.code, 0, keygen.stderr);
      const drill = await run(program!, [...words, "drill"]);
      assert.notEqual(drill.code, 0);
      assert.match(drill.stderr, /commands\/drill\.ts/);
    }));
}
