/** nightdrop as one script: no other file of it is needed any more, nor any package. */
import { VERSION } from "../../lib/program.ts";
import { deno, ROOT, withBuildFolder } from "./run.ts";

/** What the script is to tell of itself. */
export interface Bundle {
  /** An expression for its `Installation`. */
  readonly installation: string;
  /** Absolute path of a config that is to be in it as `config`. */
  readonly config?: string | undefined;
}

const BANNER =
  `// nightdrop ${VERSION}, in one file made by \`deno task bundle\` from its sources, which have the MIT licence.
// In it: OpenPGP.js (LGPL-3.0-or-later), the AWS SDK for JavaScript and Smithy (Apache-2.0), commander and valibot (MIT),
// and what these are made of.
`;

/** The bundler takes `import.meta.main` for false in every module but this one. */
const ENTRY = `import "./setup.ts";
export * from "${ROOT}/mod.ts";
if (import.meta.main) import("${ROOT}/lib/cli/main.ts").then(({ main }) => main(Deno.args));
`;

/** Makes the script; gives its text. */
export function bundle(what: Bundle): Promise<string> {
  return withBuildFolder(async (folder) => {
    const worker = await bundled(`${ROOT}/lib/threads/worker.ts`, `${folder}/worker.js`);
    // It would be the data: URL of the worker, from which nothing can be resolved.
    if (worker.includes("import.meta")) throw new Error("The worker uses import.meta");
    Deno.writeTextFileSync(`${folder}/setup.ts`, setup(what));
    Deno.writeTextFileSync(`${folder}/entry.ts`, ENTRY);
    return BANNER + await bundled(`${folder}/entry.ts`, `${folder}/nightdrop.js`);
  });
}

async function bundled(entry: string, output: string): Promise<string> {
  await deno([
    "bundle",
    "--quiet",
    "--minify",
    "--keep-names",
    `--config=${ROOT}/deno.json`,
    "--output",
    output,
    entry,
  ]);
  return Deno.readTextFileSync(output);
}

/** What runs before everything else. */
function setup({ installation, config }: Bundle): string {
  return `import worker from "./worker.js" with { type: "text" };
import { fileURLToPath } from "node:url";
import { installedAs } from "${ROOT}/lib/installation.ts";
import { embedWorker } from "${ROOT}/lib/threads/worker_module.ts";
${config === undefined ? "" : `import config from ${JSON.stringify(config)};`}
embedWorker(worker);
installedAs(${installation});
`;
}
