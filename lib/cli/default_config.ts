import type { Command } from "commander";
import { DEFAULT_CONFIG } from "../app/hosts.ts";
import { builtFor, installation } from "../app/installation.ts";
import { configDirectory } from "../config/config_directory.ts";
import { exists } from "../disk/exists.ts";
import { isGranted } from "../disk/granted.ts";
import { environment } from "./session.ts";

/** Directory of the kit on a host. */
const KIT = "/etc/nightdrop";

/**
 * Sets `--config`, if the user did not, to the first config that exists: in the current directory, in the user's
 * `~/.config/nightdrop`, where `init` writes it, or in `/etc/nightdrop`, where a kit is. The launchers do the same.
 */
export function findConfig(command: Command): void {
  const given: string = command.getOptionValue("config");
  if (command.getOptionValueSource("config") !== "default" || builtFor(installation()) !== undefined) return;
  const places = [configDirectory(environment), KIT].filter((it) => it !== undefined);
  const found = [given, ...places.map((it) => `${it}/${DEFAULT_CONFIG}`)].find(isThere);
  if (found !== undefined) command.setOptionValueWithSource("config", found, "default");
}

function isThere(path: string): boolean {
  return isGranted({ name: "read", path }) && exists(path);
}
