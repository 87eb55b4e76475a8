/**
 * Builds the single-file script.
 *
 *     deno task bundle [--output FILE]
 */
import { parseArgs } from "node:util";
import { bundle } from "./build/bundle.ts";
import { ROOT, say } from "./build/run.ts";
import { taskArguments } from "./task.ts";

const { values: { output } } = parseArgs({
  args: taskArguments(),
  options: { output: { type: "string", default: `${ROOT}/dist/nightdrop.js` } },
});
Deno.writeTextFileSync(
  output,
  await bundle({ installation: '{ kind: "script", file: fileURLToPath(import.meta.url) }' }),
);
say(`Wrote ${output}: deno run $(deno task --quiet permissions --for backup …) ${output} backup …`);
