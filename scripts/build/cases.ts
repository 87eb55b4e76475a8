import { shellWord } from "../../lib/model/shell.ts";
import { COMMAND_NAMES, type CommandName, LAUNCHES } from "../../lib/permissions/launch.ts";

/**
 * Returns the cases of a script for sh that starts the commands.
 *
 * @param start Returns the code that starts a command. Its environment is set before.
 */
export function cases(start: (command: CommandName) => string): string {
  return COMMAND_NAMES.map((command) => {
    const variables = Object.entries(LAUNCHES[command].environment).map(([name, value]) =>
      `export ${name}=${shellWord(value)}; `
    );
    return `  ${command}) ${variables.join("")}${start(command)} ;;`;
  }).join("\n");
}
