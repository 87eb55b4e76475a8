import { denoCommand, denoJson, installation } from "../app/installation.ts";
import { shellWord } from "../model/shell.ts";
import { COMMAND_NAMES, type CommandName } from "../permissions/launch.ts";
import { scriptArguments } from "../permissions/task_command.ts";

/** Form in which the user started this process. It determines how messages write commands that the user can run. */
export type Invocation =
  /** As a program: by its name, if it is in the PATH, else by its path. */
  | { readonly kind: "program"; readonly word: string }
  /** As a task of the clone, from a directory. */
  | { readonly kind: "task"; readonly from: string }
  /** By a command line of Deno. */
  | { readonly kind: "deno" };

let invocation: Invocation = { kind: "deno" };

/** Sets how the user started this process. */
export function startedAs(how: Invocation): void {
  invocation = how;
}

const COMMAND = new RegExp(`(?<![\\w/.-])nightdrop (${["help", ...COMMAND_NAMES].join("|")})(?![\\w-])`, "g");

/**
 * Returns a text in which every command `nightdrop …` is written in the form in which the user started this process, so
 * that it can be pasted: `deno task …`, or the path of the executable.
 */
export function asStarted(text: string): string {
  return text.replace(COMMAND, (_, command: CommandName | "help") => `${prefix(command)} ${command}`);
}

/** Returns the words that start a command, as one text for a shell. */
function prefix(command: CommandName | "help"): string {
  return words(command).map(shellWord).join(" ");
}

function words(command: CommandName | "help"): readonly string[] {
  if (invocation.kind === "program") return [invocation.word];
  const how = installation();
  if (how.kind === "executable") return [how.file];
  const [program = "", ...args] = denoCommand();
  const deno = args.length === 0 && invocation.kind === "task" ? ["deno"] : [program, ...args];
  if (how.kind === "script") return [...deno, ...argumentsOf(command), how.file];
  const { directory } = how;
  const isInside = invocation.kind === "task" && `${invocation.from}/`.startsWith(`${directory}/`);
  return [...deno, "task", ...(isInside ? [] : ["--config", denoJson(how)!])];
}

/** Returns the arguments of Deno for the script. `permissions` writes the sets that the other commands run with. */
function argumentsOf(command: CommandName | "help"): readonly string[] {
  return command === "permissions" || command === "help"
    ? ["run", "-R", "-W", "-S", "-E"]
    : scriptArguments(command);
}

/** Returns the name of the program in a usage line. */
export function programName(): string {
  return invocation.kind === "deno" ? "nightdrop" : prefix("help");
}
