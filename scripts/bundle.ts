/**
 * Builds the single-file script.
 *
 *     deno task bundle [--output FILE]
 */
import { parseArgs } from "node:util";
import { resolve } from "node:path/posix";
import { shellWord } from "../lib/model/shell.ts";
import { bundle } from "./build/bundle.ts";
import { scriptLauncher } from "./build/header.ts";
import { ROOT, say } from "./build/run.ts";
import { taskArguments } from "./task.ts";

const { values: { output } } = parseArgs({
  args: taskArguments(),
  options: { output: { type: "string", default: `${ROOT}/dist/nightdrop.js` } },
});
/** Its lines for sh pass this first, and derive the permissions of each run, as those of an executable do. */
const LAUNCHED = 'Deno.args[0] === "--relative-to"';
const kind = `${LAUNCHED} ? { kind: "executable", deno: "path" } : { kind: "script" }`;
const script = await bundle({ installation: `{ ...(${kind}), file: fileURLToPath(import.meta.url) }` });
Deno.writeTextFileSync(output, scriptLauncher() + script);
Deno.chmodSync(output, 0o755);
say(`Wrote ${output}: ln -s ${shellWord(resolve(output))} /usr/local/bin/nightdrop`);
