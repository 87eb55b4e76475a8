import { dirname, extname, resolve } from "node:path/posix";
import { pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { Misuse, reason } from "../model/failure.ts";
import { parseConfig } from "./parse.ts";
import type { Host } from "./types.ts";

const EXTENSIONS = [".ts", ".mts", ".js", ".mjs"];

/**
 * Loads a config, which runs its code, checks its value and fills in the defaults.
 *
 * A config that imports `defineConfig` from `mod.ts` waits until that module has been evaluated. So do not await this
 * function at the top level of a module that the config imports: both would wait for ever.
 *
 * @example
 * ```ts
 * import { loadConfig } from "nightdrop";
 *
 * const hosts = await loadConfig("backup.config.ts", { stateDirectory: "/var/lib/nightdrop" });
 * console.log([...hosts.keys()]);
 * ```
 *
 * @param file Path of a TypeScript or JavaScript module, absolute or relative to the working directory.
 * @param options `stateDirectory`: absolute path, the default of `state`.
 * @returns The hosts by name, with every default filled in and every path absolute.
 * @throws {Misuse} if the file is missing, cannot be loaded, or has no default export, or if its value is invalid.
 */
export async function loadConfig(
  file: string,
  { stateDirectory }: { readonly stateDirectory: string },
): Promise<ReadonlyMap<string, Host>> {
  return parseConfig(await configValue(file), {
    directory: dirname(resolve(file)),
    stateDirectory,
    title: `The config "${file}"`,
  });
}

/**
 * Loads the value of a config, which is not checked.
 *
 * @throws {Misuse} if the file is missing, cannot be loaded, or has no default export.
 */
export async function configValue(file: string): Promise<unknown> {
  const path = resolve(file);
  checkFile(file, path);
  const module = await importModule(file, pathToFileURL(path).href);
  if ("default" in module) return module.default;
  throw new Misuse(`Cannot use the config "${file}": it has no default export`, {
    hint: "Add: export default defineConfig({ … })",
  });
}

function checkFile(file: string, path: string): void {
  if (isDirectory(file, path)) throw new Misuse(`Cannot use the config "${file}": it is a directory`);
  if (!EXTENSIONS.includes(extname(path))) {
    throw new Misuse(`Cannot use the config "${file}": it is not a TypeScript or JavaScript file`, {
      hint: `Rename it to end in ${EXTENSIONS.join(", ")}`,
    });
  }
}

function isDirectory(file: string, path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) {
      throw new Misuse(`Cannot find the config "${file}"`, {
        hint: "Run `nightdrop init` to create one, or name another with --config FILE",
      });
    }
    throw new Misuse(`Cannot read the config "${file}": ${reason(thrown)}`, { cause: thrown });
  }
}

async function importModule(file: string, url: string): Promise<Record<string, unknown>> {
  try {
    return await import(url);
  } catch (thrown) {
    const [why = "", ...details] = explain(thrown, url);
    throw new Misuse(`Cannot load the config "${file}": ${why}`, {
      details,
      hint: 'Run `deno check` on it for details. In a clone it imports "./mod.ts"; it can do without imports',
      cause: thrown,
    });
  }
}

/**
 * Returns the lines of an error with its position. Deno's hint is omitted: it suggests to add a package with the name of
 * the failed import, which may be malicious.
 */
function explain(thrown: unknown, url: string): string[] {
  const lines = stripVTControlCharacters(reason(thrown)).split("\n").filter((it) => !/^\s*hint:/.test(it));
  const stack = thrown instanceof Error ? thrown.stack ?? "" : "";
  const place = stack.split(/[\s()]+/).find((word) => word.startsWith(`${url}:`));
  const named = place === undefined || lines.some((line) => line.includes(place));
  return named ? lines : [...lines, `  at ${place}`];
}
