/**
 * An executable that unpacks itself: a script for sh, and behind it Deno and the single-file script, packed. It needs
 * nothing on the machine but a C library (glibc), sh and what every system has: tar, gzip, sha256sum …
 *
 *     deno task standalone [--config FILE --host NAME [--at DIR] [--embed]] [--deno FILE] [--output FILE]
 *
 * Without a config it is for any machine, and derives its permissions from the config at each start. With one it is for
 * that host, and its permissions, and if wanted its config, are in it for good. `--deno` names the Deno to put into it,
 * such as one for another processor; by default it is the one that runs this. `--quick` packs in a hurry, and larger.
 */
import { parseArgs } from "node:util";
import { SHIPPED_SETS } from "../lib/permissions/shipped_sets.ts";
import { flags } from "../lib/sandbox/flags.ts";
import { permissionSet } from "../lib/sandbox/permission_set.ts";
import { bundle } from "./build/bundle.ts";
import { type BuildPlan, installationOf, ORDER, planBuild } from "./build/built_for.ts";
import { header } from "./build/header.ts";
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
  if (host === undefined) throw new Error("--config wants a --host");
  return await planBuild({ config, host, at, embed });
}

/** The header tells the script where the executable is; a command that may not know that does not need it. */
const FILE =
  `(() => { try { return Deno.env.get("NIGHTDROP_EXECUTABLE"); } catch { return undefined; } })() ?? "nightdrop"`;

/** Named sets for the commands whose permissions are neither built in nor derived. */
const SETS = Object.fromEntries(
  Object.entries(SHIPPED_SETS).map(([name, grants]) => [name, permissionSet(grants)]),
);

const plan = await planned();
const installation = plan === undefined
  ? `{ kind: "executable", file: ${FILE} }`
  : installationOf(plan, FILE);
const script = await bundle({ installation, config: plan?.embedded });
const output = values.output ?? `${ROOT}/dist/nightdrop${plan === undefined ? "" : `-${plan.builtFor.host}`}`;
await withBuildDirectory(async (directory) => {
  Deno.copyFileSync(values.deno, `${directory}/deno`);
  Deno.chmodSync(`${directory}/deno`, 0o755);
  Deno.writeTextFileSync(`${directory}/nightdrop.js`, script);
  const settings = { imports: { nightdrop: "./nightdrop.js" }, permissions: SETS };
  Deno.writeTextFileSync(`${directory}/deno.json`, JSON.stringify(settings, null, 2));
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
  ? "for any machine: its permissions follow from the config at each start"
  : `${plan.builtFor.host}'s: ${flags(plan.sets[0]!.grants).join(" ")}`;
say(`Wrote ${output}, ${what}`);
