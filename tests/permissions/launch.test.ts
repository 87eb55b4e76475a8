/** The launch table matches the tasks and permission sets of `deno.json`. */
import assert from "node:assert/strict";
import { program } from "../../lib/cli/main.ts";
import { COMMAND_NAMES, type Launch, LAUNCHES, v8Flag } from "../../lib/permissions/launch.ts";
import { SHIPPED_SETS } from "../../lib/permissions/shipped_sets.ts";
import { readSet } from "../../lib/sandbox/permission_set.ts";

/** The directory of `deno task`, the parent of this shell; `INIT_CWD` may be that of a task or npm script around it. */
const CALLER = `"$(sh -c 'readlink /proc/$PPID/cwd || echo "$INIT_CWD"')"`;

const OWNER_DIRECTORIES = "sh lib/permissions/owner_directories.sh";

const DENO_JSON = Deno.readTextFileSync(new URL("../../deno.json", import.meta.url));

Deno.test("the table has exactly the commands of the command line", () => {
  assert.deepEqual(program().commands.map((command) => command.name()).sort(), [...COMMAND_NAMES].sort());
});

Deno.test("every task starts its command with the options of the table", () => {
  const { tasks } = JSON.parse(DENO_JSON);
  for (const name of COMMAND_NAMES) {
    const { set, environment, cachedOnly, writes, ...launch }: Launch = { ...LAUNCHES[name] };
    const words = [
      ...Object.entries(environment).map((it) => it.join("=")),
      "deno run --quiet --no-prompt",
      ...(cachedOnly ? ["--cached-only"] : []),
      ...v8Flag({ set, environment, cachedOnly, writes, ...launch }),
      `-P=${set}`,
      ...(writes.length === 0 ? [] : [`--allow-write="$(${OWNER_DIRECTORIES} ${writes.join(" ")})"`]),
      `mod.ts --relative-to ${CALLER}`,
      name,
    ];
    assert.equal(tasks[name].command, words.join(" "));
  }
});

Deno.test("deno.json has the shipped permission sets", async () => {
  for (const [name, grants] of Object.entries(SHIPPED_SETS)) {
    assert.deepEqual(await readSet(DENO_JSON, name), grants, name);
  }
});
