import { Command, CommanderError, Option } from "commander";
import { builtFor, installation } from "../app/installation.ts";
import { VERSION } from "../app/program.ts";
import type { Listed } from "./commands.ts";
import { reason } from "../model/failure.ts";
import { oneLine } from "../model/printable.ts";
import { refuseEmptyValues } from "./empty_values.ts";
import { commandExitCode, EXIT_MEANINGS } from "./exit.ts";
import { STDERR, STDOUT } from "./sink.ts";
import { asStarted, type Invocation, programName, startedAs } from "./invocation.ts";
import { resolvePaths } from "./paths.ts";
import { decodeTaskContext } from "./task_context.ts";
import { withdrawWebStorage } from "./web_storage.ts";

const ABOUT = `nightdrop: secure backup for servers you do not trust.

Each host archives its configured paths, encrypts them to a public key and uploads them to a store with put-only credentials. The private key stays off-line with the owner.`;

const EXIT_CODES = [
  "",
  "Exit codes:",
  ...EXIT_MEANINGS.map(([code, meaning]) => `  ${String(code).padEnd(3)}  ${meaning}`),
]
  .join("\n");

const writers = {
  writeOut: (text: string) => STDOUT.write(asStarted(text)),
  // Usage errors quote the arguments, and pasted arguments may hold control characters.
  writeErr: (text: string) => STDERR.write(asStarted(text.split("\n").map(oneLine).join("\n"))),
};

/** Options of the whole command line that the launcher sets. Each has a value. */
const LAUNCHER_OPTIONS = [
  new Option("--relative-to <dir>", "directory that relative paths start from"),
  new Option("--found-config <file>", "config that the launcher found"),
  new Option("--started-as <program>", "name or path of the program"),
  new Option("--task <context>", "started by a task of the clone"),
].map((option) => option.hideHelp());

/**
 * Returns the definition of commands.
 *
 * @param all All commands, from which help, completions and the manual page are generated.
 * @param wanted Commands to load, if not all are needed.
 */
export async function definitionOf(all: readonly Listed[], wanted = all): Promise<Command> {
  const root: Command = new Command("nightdrop")
    .description(ABOUT)
    .version(VERSION, "--version", "show the version")
    .helpOption("--help", "show this help")
    .helpCommand("help [command]", "show this help, or the help of a command")
    .on("option:task", (context: string) => useTask(root, context))
    .on("option:started-as", (word: string) => setInvocation(root, { kind: "program", word }))
    .hook("preAction", (root, command) => {
      refuseEmptyValues(command);
      const { relativeTo, foundConfig } = root.opts<{ relativeTo?: string; foundConfig?: string }>();
      if (relativeTo?.startsWith("/")) resolvePaths(command, relativeTo);
      useConfig(command, foundConfig);
    })
    .configureHelp({ helpWidth: 100, showGlobalOptions: true })
    .addHelpText("after", EXIT_CODES)
    .showHelpAfterError("(`nightdrop help` shows the commands)");
  for (const option of LAUNCHER_OPTIONS) root.addOption(option);
  // One after the other: parallel imports would each load the modules that they share.
  for (const { group, load } of wanted) {
    root.commandsGroup(group).addCommand(await load(() => definitionOf(all)));
  }
  for (const it of [root, ...root.commands]) it.exitOverride().configureOutput(writers);
  return root;
}

/** Returns the words of a command line after the options of the launcher, which come first. */
function wordsOf(args: readonly string[]): readonly string[] {
  let at = 0;
  while (LAUNCHER_OPTIONS.some(({ long }) => long === args[at])) at += 2;
  return args.slice(at);
}

/** Returns the commands that must be loaded to run a command line: all for help, and to suggest what was meant. */
function commandsFor(args: readonly string[], all: readonly Listed[]): readonly Listed[] {
  const [first] = wordsOf(args);
  if (first === "--version") return [];
  const named = all.filter(({ name }) => name === first);
  return named.length > 0 ? named : all;
}

/** Sets `--config` to the config that the launcher found, if the user names none and the executable has none of its own. */
function useConfig(command: Command, found: string | undefined): void {
  if (found === undefined || command.getOptionValueSource("config") !== "default") return;
  if (builtFor(installation()) === undefined) command.setOptionValueWithSource("config", found, "default");
}

/** Sets what a task knows of its user. */
function useTask(root: Command, context: string): void {
  const { from, config } = decodeTaskContext(context);
  root.setOptionValue("relativeTo", from).setOptionValue("foundConfig", config);
  setInvocation(root, { kind: "task", from });
}

/** Help, usage and hints name the commands in the form in which the user started this one. */
function setInvocation(root: Command, how: Invocation): void {
  startedAs(how);
  root.name(programName());
}

/** Runs a command line and sets `Deno.exitCode`. */
export async function runCommandLine(args: readonly string[], all: readonly Listed[]): Promise<void> {
  withdrawWebStorage();
  const root = await definitionOf(all, commandsFor(args, all));
  try {
    if (args.length === 0) root.help();
    await root.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) writers.writeErr(`error: ${oneLine(reason(error))}\n`);
    Deno.exitCode = commandExitCode(error);
  }
}
