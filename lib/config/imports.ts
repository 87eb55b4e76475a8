import { dirname, resolve } from "node:path/posix";
import { fileURLToPath } from "node:url";

/** Matches a local import or export. Type-only imports are excluded: they do not exist at run time. */
const IMPORT =
  /\b(?:import|export)\b(?!\s+type\b)(?:[^"'`;]*?\bfrom\b|\s*\()?\s*(["'])((?:\.{0,2}\/|file:)[^"'\n]+)\1/g;

/**
 * Returns the paths of a config and of all local files that it imports, directly or indirectly: Deno must be allowed to
 * read them. Imports with a computed name are not found.
 *
 * @param loaded Returns whether a file is loaded already and needs no permission.
 */
export function configFiles(file: string, loaded: (path: string) => boolean): string[] {
  const found = new Set<string>();
  const visit = (path: string): void => {
    if (found.has(path) || loaded(path)) return;
    const text = textOf(path);
    if (text === undefined) return;
    found.add(path);
    for (const [, , specifier] of text.matchAll(IMPORT)) visit(located(specifier!, path));
  };
  visit(resolve(file));
  return [...found];
}

function located(specifier: string, from: string): string {
  return specifier.startsWith("file:") ? fileURLToPath(specifier) : resolve(dirname(from), specifier);
}

/** Returns the text of a file; undefined if it does not exist, as for an import in a comment. */
function textOf(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.IsADirectory) return undefined;
    throw error;
  }
}
