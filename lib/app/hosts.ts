import { dirname, resolve } from "node:path/posix";
import { configFiles } from "../config/imports.ts";
import { configValue, loadConfig } from "../config/load.ts";
import { type Owner, parseOwner } from "../config/owner.ts";
import { parseConfig } from "../config/parse.ts";
import type { Host } from "../config/types.ts";
import { refuseExposed } from "../disk/trust.ts";
import { Misuse } from "../model/failure.ts";
import { isObject } from "../model/object.ts";
import { builtFor, type Installation, isLoaded } from "./installation.ts";

/** Number of hosts that are worked on at the same time: most of the work waits for a store. */
export const HOSTS_AT_ONCE = 8;

/** Default config file. */
export const DEFAULT_CONFIG = "backup.config.ts";

/**
 * Returns the hosts of a config file, or of the config that the executable contains.
 *
 * @throws {Misuse} if the config cannot be loaded or is invalid, or if this process is root and other users can change it.
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

/** Returns the settings of the owner's machine. Call it after {@linkcode hostsOf}, which checks the config. */
export async function ownerOf(file: string, how: Installation): Promise<Owner> {
  const value = isBuiltIn(file, how) ? builtFor(how)!.value : await configValue(file);
  const parsed = parseOwner(isObject(value) ? value.owner : undefined, dirname(resolve(file)));
  if ("notify" in parsed) return parsed;
  throw new Misuse("The config has a problem:", { details: parsed });
}

/** Refuses a config that other users can change, as cron and sudo do: it is code that root would run. */
function refuseExposedConfig(file: string, how: Installation): void {
  for (const path of readableFiles(file, how)) refuseExposed(path, "the config");
}

function readableFiles(file: string, how: Installation): string[] {
  try {
    return configFiles(file, (it) => isLoaded(it, how));
  } catch {
    return []; // loading it reports the error
  }
}

/** Returns whether the executable contains the config, so that no file is read. */
export function isBuiltIn(file: string, how: Installation): boolean {
  const own = builtFor(how);
  return own?.value !== undefined && own.config === resolve(file);
}
