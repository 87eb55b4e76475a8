/** The launch table matches the tasks and permission sets of `deno.json`. */
import assert from "node:assert/strict";
import { definitionOf } from "../../lib/cli/command_line.ts";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { COMMAND_NAMES, LAUNCHES } from "../../lib/permissions/launch.ts";
import { cloneLauncher } from "../../scripts/build/clone_launcher.ts";
import { taskLine } from "../../scripts/build/task_line.ts";
import { SHIPPED_SETS } from "../../lib/permissions/shipped_sets.ts";
import { readSet } from "../../lib/sandbox/permission_set.ts";

const DENO_JSON = Deno.readTextFileSync(new URL("../../deno.json", import.meta.url));

Deno.test("the table has exactly the commands of the command line", async () => {
  assert.deepEqual(
    (await definitionOf(COMMANDS)).commands.map((command) => command.name()).sort(),
    [...COMMAND_NAMES].sort(),
  );
});

Deno.test("every task starts its command with the options of the table", () => {
  const { tasks } = JSON.parse(DENO_JSON);
  for (const name of ["help", ...COMMAND_NAMES] as const) {
    assert.equal(tasks[name].command, taskLine(name), "Run: deno task launcher");
    const isCached = name !== "help" && LAUNCHES[name].cachedOnly;
    assert.deepEqual(tasks[name].dependencies, isCached ? ["packages"] : undefined, name);
  }
});

Deno.test("the words of a task before mod.ts are separated by single spaces", () => {
  for (const name of COMMAND_NAMES) {
    const [before = ""] = taskLine(name).split(" mod.ts ");
    for (const word of before.split(" ")) assert.match(word, /^([A-Z_]+=\w+|deno|run|-\S+)$/);
  }
});

Deno.test("the script that starts the commands in a clone has the options of the table", () => {
  const script = new URL("../../nightdrop", import.meta.url);
  assert.equal(Deno.readTextFileSync(script), cloneLauncher(), "Run: deno task launcher");
  assert.equal(Deno.statSync(script).mode! & 0o111, 0o111);
});

Deno.test("deno.json has the shipped permission sets", async () => {
  for (const [name, grants] of Object.entries(SHIPPED_SETS)) {
    assert.deepEqual(await readSet(DENO_JSON, name), grants, name);
  }
});
