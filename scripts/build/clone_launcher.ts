import { type CommandName, entryOf, type Launch, LAUNCHES, runFlags } from "../../lib/permissions/launch.ts";
import { shellWord } from "../../lib/model/shell.ts";
import { cases } from "./cases.ts";

/** Version of Deno that is fetched where none is installed. */
const DENO = "2.9.6";

/** Prints the directories of the owner that a command may write to. */
const OWNER_DIRECTORIES = `sh "$here/lib/permissions/owner_directories.sh"`;

/** Returns the script for sh that starts the commands in a clone. */
export function cloneLauncher(): string {
  const template = Deno.readTextFileSync(new URL("clone.sh", import.meta.url));
  return template.replace("@CASES@", () => cases(start)).replaceAll("@DENO@", DENO);
}

function start(command: CommandName): string {
  const launch: Launch = LAUNCHES[command];
  const writes = launch.writes.length === 0
    ? ""
    : `--allow-write="$(${OWNER_DIRECTORIES} ${launch.writes.join(" ")})" `;
  const words = runFlags(launch);
  const before = launch.cachedOnly ? "packages; " : "";
  return `${before}start ${words.map(shellWord).join(" ")} ${writes}"$here/${entryOf(launch)}" "$@"`;
}
