/** Bundles nightdrop and its packages into one script. */
import { isBuiltin } from "node:module";
import { VERSION } from "../../lib/app/program.ts";
import { deno, ROOT, withBuildDirectory } from "./run.ts";

/** Options of {@link bundle}. */
export interface Bundle {
  /** JavaScript expression for its `Installation`. */
  readonly installation: string;
  /** Absolute path of a config to include as `config`. */
  readonly config?: string | undefined;
}

const BANNER =
  `// nightdrop ${VERSION}, in one file made by \`deno task bundle\` from its sources, which have the MIT licence.
// In it: OpenPGP.js (LGPL-3.0-or-later), the AWS SDK for JavaScript and Smithy (Apache-2.0), commander, hono,
// jsonc-parser and valibot (MIT), and what these are made of.
`;

/** Entry module of the bundle: the bundler sets `import.meta.main` to false in all other modules. */
const ENTRY = `import "./setup.ts";
export * from "${ROOT}/mod.ts";
if (import.meta.main) import("${ROOT}/lib/cli/main.ts").then(({ main }) => main(Deno.args));
`;

/**
 * Stands for the text of the worker until the requirements of the bundle were looked at: names in that text mean something else.
 */
const WORKER = "@the text of the worker@";

/** Returns the text of the script. */
export function bundle(what: Bundle): Promise<string> {
  return withBuildDirectory(async (directory) => {
    const worker = await bundled(`${ROOT}/lib/worker.ts`, `${directory}/worker.js`);
    // It would be the data: URL of the worker, from which nothing can be resolved.
    if (worker.includes("import.meta")) throw new Error("The worker uses import.meta");
    Deno.writeTextFileSync(`${directory}/worker.js`, WORKER);
    Deno.writeTextFileSync(`${directory}/setup.ts`, setup(what));
    Deno.writeTextFileSync(`${directory}/entry.ts`, ENTRY);
    const text = await bundled(`${directory}/entry.ts`, `${directory}/nightdrop.js`);
    const parts = text.split(new RegExp(`(["'\`])${WORKER}\\1`));
    if (parts.length !== 3) throw new Error("The bundle does not contain the worker exactly once");
    return BANNER + parts[0] + JSON.stringify(worker) + parts[2];
  });
}

async function bundled(entry: string, output: string): Promise<string> {
  const bundle = async (...more: string[]): Promise<string> => {
    await deno(["bundle", "--quiet", ...more, `--config=${ROOT}/deno.json`, "--output", output, entry]);
    return Deno.readTextFileSync(output);
  };
  const text = await bundle("--minify", "--keep-names");
  if (requiredNames(text).every(isBuiltin)) return withRequire(text);
  // A minified name can be that of another function too, in another scope: the text that is not minified decides.
  const missing = callsOf("__require", await bundle()).filter((name) => !isBuiltin(name));
  if (missing.length > 0) throw new Error(`Cannot bundle packages that require ${missing.join(", ")}`);
  return withRequire(text);
}

/**
 * Adds the `require` that the bundler expects. CommonJS packages call it for built-in modules at run time,
 * and an ES module has none: `Dynamic require of "node:crypto" is not supported`. This one finds built-in modules and
 * nothing else, so unlike `createRequire` it needs no file, no permission, and works in the `data:` URL of a thread.
 */
function withRequire(text: string): string {
  if (requiredNames(text).length === 0) return text;
  return `const require = (name) => globalThis.process.getBuiltinModule(name);\n${text}`;
}

/** Returns the names of the modules that a minified bundle requires at run time. */
function requiredNames(text: string): string[] {
  const helper = /([\w$]+)=\([\w$]+=>typeof require<"u"\?require:/.exec(text)?.[1];
  return helper === undefined ? [] : callsOf(helper, text);
}

/** Returns the strings that a function is called with. */
function callsOf(name: string, text: string): string[] {
  const call = new RegExp(`(?<![\\w$.])${RegExp.escape(name)}\\("([^"]+)"\\)`, "g");
  return [...text.matchAll(call)].map(([, argument]) => argument!);
}

/** Returns the code that runs before everything else. */
function setup({ installation, config }: Bundle): string {
  return `import worker from "./worker.js" with { type: "text" };
import { fileURLToPath } from "node:url";
import { installedAs } from "${ROOT}/lib/app/installation.ts";
import { embedWorker } from "${ROOT}/lib/workers/worker_module.ts";
${config === undefined ? "" : `import config from ${JSON.stringify(config)};`}
embedWorker(worker);
installedAs(${installation});
`;
}
