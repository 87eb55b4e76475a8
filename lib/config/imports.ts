import { dirname, resolve } from "node:path/posix";
import { fileURLToPath } from "node:url";

/** What follows is a specifier, unless only types are imported: those are gone when the config runs. */
const IMPORT =
  /\b(?:import|export)\b(?!\s+type\b)(?:[^"'`;]*?\bfrom\b|\s*\()?\s*(["'])((?:\.{0,2}\/|file:)[^"'\n]+)\1/g;

/**
 * A config and the local files that it imports, and those that they import: what Deno has to be allowed to read to
 * load it. What is imported by a computed name cannot be known before.
 *
 * @param loaded Tells what is loaded already, for which Deno asks nothing.
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

/** A name that stands in a comment may be no file at all. */
function textOf(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.IsADirectory) return undefined;
    throw error;
  }
}
