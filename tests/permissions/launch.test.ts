/** The launch table matches the tasks and permission sets of `deno.json`. */
import assert from "node:assert/strict";
import { program } from "../../lib/cli/main.ts";
import { COMMAND_NAMES } from "../../lib/permissions/launch.ts";
import { cloneLauncher } from "../../scripts/build/clone_launcher.ts";
import { SHIPPED_SETS } from "../../lib/permissions/shipped_sets.ts";
import { readSet } from "../../lib/sandbox/permission_set.ts";

const DENO_JSON = Deno.readTextFileSync(new URL("../../deno.json", import.meta.url));

Deno.test("the table has exactly the commands of the command line", () => {
  assert.deepEqual(program().commands.map((command) => command.name()).sort(), [...COMMAND_NAMES].sort());
});

Deno.test("every command has a task, whose line is short: Deno prints it", () => {
  const { tasks } = JSON.parse(DENO_JSON);
  for (const name of ["help", ...COMMAND_NAMES]) {
    assert.equal(tasks[name].command, `./nightdrop --task ${name}`);
    assert.equal(tasks[name].dependencies, undefined, "Deno prints the line of each dependency");
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
