import { relative } from "node:path/posix";
import type { Installation } from "./installation.ts";

/**
 * Returns the module from which a config in a directory imports its type: `nightdrop` in a project that has the package,
 * else the path of the installed types, which need no import map; undefined if the installation has none. Only type checks read it.
 *
 * @param directory Absolute directory of the config.
 */
export function typesModule(how: Installation, directory: string): string | undefined {
  if (how.kind === "clone") {
    return directory === how.directory ? "./mod.ts" : `${how.directory}/lib/config/settings.ts`;
  }
  if (how.kind === "script" || how.types === undefined) return undefined;
  const at = how.types.lastIndexOf("/node_modules/nightdrop/");
  const isBelow = at > 0 && !relative(how.types.slice(0, at), directory).startsWith("..");
  return isBelow ? "nightdrop" : how.types;
}
