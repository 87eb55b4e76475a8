import { dirname, resolve } from "node:path/posix";
import { loadConfig } from "./config/load.ts";
import { parseConfig } from "./config/parse.ts";
import type { Host } from "./config/types.ts";
import { builtFor, type Installation } from "./installation.ts";

/** The config that is used where none is named. */
export const DEFAULT_CONFIG = "backup.config.ts";

/**
 * The hosts of a config: of the file, or of the executable that it was built into.
 *
 * @throws {Misuse} when it cannot be loaded, or its value is wrong.
 */
export async function hostsOf(
  file: string,
  stateFolder: string,
  how: Installation,
): Promise<ReadonlyMap<string, Host>> {
  if (!isBuiltIn(file, how)) return await loadConfig(file, { stateFolder });
  const { config, value } = builtFor(how)!;
  return parseConfig(value, { folder: dirname(config), stateFolder, title: "The config in this executable" });
}

/** Whether a config is in the executable, so that no file has to be read for it. */
export function isBuiltIn(file: string, how: Installation): boolean {
  const own = builtFor(how);
  return own?.value !== undefined && own.config === resolve(file);
}
