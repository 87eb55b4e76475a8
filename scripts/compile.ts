/**
 * Builds an executable for one host with `deno compile`. It contains its permissions and, with `--embed`, its config.
 *
 *     deno task compile --config FILE --host NAME [--at DIR] [--embed] [--target x86_64|aarch64] [--output FILE]
 *
 * Deno downloads the runtime of the executable (`denort`); `DENORT_BIN` names a local one.
 */
import { resolve } from "node:path/posix";
import { parseArgs } from "node:util";
import { bundle } from "./build/bundle.ts";
import { installationOf, ORDER, planBuild } from "./build/built_for.ts";
import { deno, ROOT, say, withBuildDirectory } from "./build/run.ts";
import { taskArguments } from "./task.ts";
import { LAUNCHES, v8Flag } from "../lib/permissions/launch.ts";
import { flags } from "../lib/sandbox/flags.ts";

const { values } = parseArgs({
  args: taskArguments(),
  options: {
    ...ORDER,
    target: { type: "string", default: Deno.build.arch },
    output: { type: "string" },
  },
});
const { config, host, at, embed, target } = values;
if (config === undefined || host === undefined) throw new Error("Add --config FILE and --host NAME");

const plan = await planBuild({ config, host, at, embed });
const output = resolve(values.output ?? `${ROOT}/dist/nightdrop-${plan.builtFor.host}-${target}`);
const script = await bundle({ installation: installationOf(plan, "Deno.execPath()"), config: plan.embedded });
const { grants } = plan.sets.find(({ commands }) => commands.includes("backup"))!;
await withBuildDirectory(async (directory) => {
  const entry = `${directory}/nightdrop.js`;
  Deno.writeTextFileSync(entry, script);
  const how = [
    "--quiet",
    "--no-config",
    "--no-check",
    "--no-prompt",
    "--deny-import",
    ...v8Flag(LAUNCHES.backup),
    `--target=${target}-unknown-linux-gnu`,
  ];
  await deno(["compile", ...how, ...flags(grants), "--output", output, entry]);
});
say(`Wrote ${output}: ${output} backup, on ${plan.builtFor.host}, with ${flags(grants).join(" ")}`);
