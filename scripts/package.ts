/**
 * Builds the package for npm: the single-file script with its types, and the command `nightdrop`.
 *
 *     deno task package [--output DIRECTORY]
 *
 * Without dependencies but Deno itself. `npm pack DIRECTORY` makes the archive of it.
 */
import { parseArgs } from "node:util";
import { VERSION } from "../lib/app/program.ts";
import { bundle } from "./build/bundle.ts";
import { packageLauncher } from "./build/header.ts";
import { EXECUTABLE, SETTINGS } from "./build/program.ts";
import { ROOT, say } from "./build/run.ts";
import { writeTypes } from "./build/types.ts";
import { taskArguments } from "./task.ts";

const { values: { output } } = parseArgs({
  args: taskArguments(),
  options: { output: { type: "string", default: `${ROOT}/dist/package` } },
});

const DESCRIPTION = {
  name: "nightdrop",
  version: VERSION,
  description: "Secure backup for servers that you do not trust",
  license: "MIT",
  type: "module",
  bin: { nightdrop: "nightdrop" },
  exports: {
    ".": { types: "./types/mod.d.ts", default: "./nightdrop.js" },
    "./launcher": "./launcher.js",
  },
  dependencies: { deno: Deno.version.deno },
};

Deno.mkdirSync(output, { recursive: true });
const types = `new URL("types/mod.d.ts", import.meta.url).pathname`;
const script = await bundle({ installation: `{ kind: "executable", file: ${EXECUTABLE}, types: ${types} }` });
const files = {
  "package.json": JSON.stringify(DESCRIPTION, null, 2) + "\n",
  "nightdrop.js": script,
  "launcher.js": Deno.readTextFileSync(`${ROOT}/launcher.ts`).replace(" as const", ""),
  "deno.json": SETTINGS,
  "nightdrop": packageLauncher(),
};
for (const [name, text] of Object.entries(files)) Deno.writeTextFileSync(`${output}/${name}`, text);
Deno.chmodSync(`${output}/nightdrop`, 0o755);
for (const name of ["README.md", "LICENSE"]) Deno.copyFileSync(`${ROOT}/${name}`, `${output}/${name}`);
await writeTypes(`${output}/types`);
say(`Wrote ${output}: npm pack ${output}, or npm install --global ${output}`);
