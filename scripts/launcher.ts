/** Writes what starts the commands in a clone: the script `nightdrop`, and the tasks of `deno.json`. */
import { COMMAND_NAMES } from "../lib/permissions/launch.ts";
import { writeMember } from "../lib/sandbox/json_text.ts";
import { cloneLauncher } from "./build/clone_launcher.ts";
import { ROOT, say } from "./build/run.ts";
import { taskLine } from "./build/task_line.ts";

const file = `${ROOT}/nightdrop`;
Deno.writeTextFileSync(file, cloneLauncher(), { mode: 0o755 });
say(`Wrote ${file}`);

let text = Deno.readTextFileSync(`${ROOT}/deno.json`);
for (const name of ["help", ...COMMAND_NAMES] as const) {
  text = await writeMember(text, ["tasks", name, "command"], taskLine(name));
}
Deno.writeTextFileSync(`${ROOT}/deno.json`, text);
say("Wrote the tasks of deno.json");
