/** Writes the script that starts the commands in a clone: `nightdrop`. */
import { cloneLauncher } from "./build/clone_launcher.ts";
import { ROOT, say } from "./build/run.ts";

const file = `${ROOT}/nightdrop`;
Deno.writeTextFileSync(file, cloneLauncher(), { mode: 0o755 });
say(`Wrote ${file}`);
