/**
 * Builds a self-extracting executable: a script for sh, followed by an archive of Deno and the single-file script. On the
 * host it needs only glibc, sh and the standard tools tar, gzip, sha256sum and so on.
 *
 *     deno task standalone [--config FILE --host NAME [--at DIR] [--embed]] [--deno FILE] [--output FILE]
 *
 * Without a config it is for any machine, and derives its permissions from the config at each start. With a config it is
 * for that host, and contains its permissions and, with `--embed`, its config. `--deno` names the Deno to include, such as
 * one for another processor; default: the one that runs this script. `--quick` compresses faster and less.
 */
import { parseArgs } from "node:util";
import { flags } from "../lib/sandbox/flags.ts";
import { bundle } from "./build/bundle.ts";
import { type BuildPlan, installationOf, ORDER, planBuild } from "./build/built_for.ts";
import { header } from "./build/header.ts";
import { EXECUTABLE, SETTINGS } from "./build/program.ts";
import { pack } from "./build/pack.ts";
import { ROOT, say, withBuildDirectory } from "./build/run.ts";
import { taskArguments } from "./task.ts";

const { values } = parseArgs({
  args: taskArguments(),
  options: {
    ...ORDER,
    deno: { type: "string", default: Deno.execPath() },
    quick: { type: "boolean", default: false },
    output: { type: "string" },
  },
});

async function planned(): Promise<BuildPlan | undefined> {
  const { config, host, at, embed } = values;
  if (config === undefined) return undefined;
  if (host === undefined) throw new Error("--config needs --host NAME");
  return await planBuild({ config, host, at, embed });
}

const plan = await planned();
const installation = plan === undefined
  ? `{ kind: "executable", file: ${EXECUTABLE} }`
  : installationOf(plan, EXECUTABLE);
const script = await bundle({ installation, config: plan?.embedded });
const output = values.output ?? `${ROOT}/dist/nightdrop${plan === undefined ? "" : `-${plan.builtFor.host}`}`;
await withBuildDirectory(async (directory) => {
  Deno.copyFileSync(values.deno, `${directory}/deno`);
  Deno.chmodSync(`${directory}/deno`, 0o755);
  Deno.writeTextFileSync(`${directory}/nightdrop.js`, script);
  Deno.writeTextFileSync(`${directory}/deno.json`, SETTINGS);
  const archive = await pack(directory, ["deno", "nightdrop.js", "deno.json"], values.quick ? 1 : 6);
  using file = await Deno.open(output, { write: true, create: true, truncate: true, mode: 0o755 });
  const { writable } = file;
  const writer = writable.getWriter();
  await writer.write(header(archive, plan));
  await writer.write(archive);
  await writer.close();
});
Deno.chmodSync(output, 0o755);
const what = plan === undefined
  ? "for any machine: it derives its permissions from the config at each start"
  : `for ${plan.builtFor.host}: ${flags(plan.sets[0]!.grants).join(" ")}`;
say(`Wrote ${output}, ${what}`);
