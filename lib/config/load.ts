import { dirname, extname, resolve } from "node:path/posix";
import { pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { Misuse, reason } from "../model/failure.ts";
import { parseConfig } from "./parse.ts";
import type { Host } from "./types.ts";

const EXTENSIONS = [".ts", ".mts", ".js", ".mjs"];

/**
 * Loads a config, which runs its code, and judges what it exports.
 *
 * A config that imports `defineConfig` from `mod.ts` waits until that module has run to its end: whoever calls this
 * from a module that the config imports must not await it at top level, or both wait for ever.
 *
 * @param file Path of a TypeScript or JavaScript module, from the working directory.
 * @param stateDirectory Absolute default of `state`.
 * @throws {Misuse} when there is no such file, or it cannot be loaded, or its value is wrong.
 */
export async function loadConfig(
  file: string,
  { stateDirectory }: { readonly stateDirectory: string },
): Promise<ReadonlyMap<string, Host>> {
  const path = resolve(file);
  checkFile(file, path);
  const module = await importModule(file, pathToFileURL(path).href);
  if (!("default" in module)) {
    throw new Misuse(`The config "${file}" has no default export`, {
      hint: "Write: export default defineConfig({ … })",
    });
  }
  return parseConfig(module.default, {
    directory: dirname(path),
    stateDirectory,
    title: `The config "${file}"`,
  });
}

function checkFile(file: string, path: string): void {
  if (isDirectory(file, path)) throw new Misuse(`The config "${file}" is a directory`);
  if (!EXTENSIONS.includes(extname(path))) {
    throw new Misuse(`The config "${file}" is no TypeScript or JavaScript file`, {
      hint: `Give it a name that ends in ${EXTENSIONS.join(", ")}`,
    });
  }
}

function isDirectory(file: string, path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) {
      throw new Misuse(`There is no config "${file}"`, {
        hint: "Write one with `nightdrop init`, or name another with --config FILE",
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
      hint:
        'It is TypeScript; `deno check` tells more. Beside a clone it imports "./mod.ts"; it may import nothing',
      cause: thrown,
    });
  }
}

/**
 * Returns what was thrown as lines, with its place. Deno's own advice is left out: to add a package that is named like the import
 * that failed would be to trust whoever took that name.
 */
function explain(thrown: unknown, url: string): string[] {
  const lines = stripVTControlCharacters(reason(thrown)).split("\n").filter((it) => !/^\s*hint:/.test(it));
  const stack = thrown instanceof Error ? thrown.stack ?? "" : "";
  const place = stack.split(/[\s()]+/).find((word) => word.startsWith(`${url}:`));
  const named = place === undefined || lines.some((line) => line.includes(place));
  return named ? lines : [...lines, `  at ${place}`];
}
