import { dirname, resolve } from "node:path/posix";
import { configFiles } from "../config/imports.ts";
import { loadConfig } from "../config/load.ts";
import { parseConfig } from "../config/parse.ts";
import type { Host } from "../config/types.ts";
import { refuseExposed } from "../disk/trust.ts";
import { builtFor, type Installation, isLoaded } from "./installation.ts";

/** The config that is used where none is named. */
export const DEFAULT_CONFIG = "backup.config.ts";

/**
 * The hosts of a config: of the file, or of the executable that it was built into.
 *
 * @throws {Misuse} when it cannot be loaded, or its value is wrong, or when root would run what others can change.
 */
export async function hostsOf(
  file: string,
  stateDirectory: string,
  how: Installation,
): Promise<ReadonlyMap<string, Host>> {
  if (!isBuiltIn(file, how)) {
    refuseExposedConfig(file, how);
    return await loadConfig(file, { stateDirectory });
  }
  const { config, value } = builtFor(how)!;
  return parseConfig(value, {
    directory: dirname(config),
    stateDirectory,
    title: "The config in this executable",
  });
}

/** A config is code: as cron and sudo do, root runs none that other users can change. */
function refuseExposedConfig(file: string, how: Installation): void {
  for (const path of readableFiles(file, how)) refuseExposed(path, "the config");
}

function readableFiles(file: string, how: Installation): string[] {
  try {
    return configFiles(file, (it) => isLoaded(it, how));
  } catch {
    return []; // loading it says why it cannot be read
  }
}

/** Whether a config is in the executable, so that no file has to be read for it. */
export function isBuiltIn(file: string, how: Installation): boolean {
  const own = builtFor(how);
  return own?.value !== undefined && own.config === resolve(file);
}
