import { Command, CommanderError, Option } from "commander";
import { builtFor, installation } from "../app/installation.ts";
import { VERSION } from "../app/program.ts";
import { auditCommand } from "./commands/audit.ts";
import { backupCommand } from "./commands/backup.ts";
import { catCommand } from "./commands/cat.ts";
import { completionsCommand } from "./commands/completions.ts";
import { expireCommand } from "./commands/expire.ts";
import { filesCommand } from "./commands/files.ts";
import { findCommand } from "./commands/find.ts";
import { initCommand } from "./commands/init.ts";
import { keygenCommand } from "./commands/keygen.ts";
import { listCommand } from "./commands/list.ts";
import { diffCommand } from "./commands/diff.ts";
import { drillCommand } from "./commands/drill.ts";
import { statsCommand } from "./commands/stats.ts";
import { statusCommand } from "./commands/status.ts";
import { manCommand } from "./commands/man.ts";
import { mirrorCommand } from "./commands/mirror.ts";
import { pinCommand } from "./commands/pin.ts";
import { permissionsCommand } from "./commands/permissions.ts";
import { provisionCommand } from "./commands/provision.ts";
import { quickstartCommand } from "./commands/quickstart.ts";
import { restoreCommand } from "./commands/restore.ts";
import { scheduleCommand } from "./commands/schedule.ts";
import { tarCommand } from "./commands/tar.ts";
import { unpinCommand } from "./commands/unpin.ts";
import { uploadCommand } from "./commands/upload.ts";
import { verifyCommand } from "./commands/verify.ts";
import { reason } from "../model/failure.ts";
import { oneLine } from "../model/printable.ts";
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

/** Returns the definition of all commands. Help, completions and the manual page are generated from it. */
export function program(): Command {
  const root: Command = new Command("nightdrop")
    .description(ABOUT)
    .version(VERSION, "--version", "show the version")
    .helpOption("--help", "show this help")
    .helpCommand("help [command]", "show this help, or the help of a command")
    .addOption(new Option("--relative-to <dir>", "directory that relative paths start from").hideHelp())
    .addOption(new Option("--found-config <file>", "config that the launcher found").hideHelp())
    .addOption(new Option("--started-as <program>", "name or path of the program").hideHelp())
    .addOption(new Option("--task <context>", "started by a task of the clone").hideHelp())
    .on("option:task", (context: string) => useTask(root, context))
    .on("option:started-as", (word: string) => setInvocation(root, { kind: "program", word }))
    .hook("preAction", (root, command) => {
      const { relativeTo, foundConfig } = root.opts<{ relativeTo?: string; foundConfig?: string }>();
      if (relativeTo?.startsWith("/")) resolvePaths(command, relativeTo);
      useConfig(command, foundConfig);
    })
    .configureHelp({ helpWidth: 100, showGlobalOptions: true })
    .addHelpText("after", EXIT_CODES)
    .showHelpAfterError("(`nightdrop help` shows the commands)");
  addCommands(root);
  for (const it of [root, ...root.commands]) it.exitOverride().configureOutput(writers);
  return root;
}

/** Adds the commands, in the groups of the help. */
function addCommands(root: Command): void {
  root.commandsGroup("Start here:").addCommand(quickstartCommand());
  root.commandsGroup("On the host:").addCommand(backupCommand()).addCommand(uploadCommand())
    .addCommand(permissionsCommand()).addCommand(scheduleCommand());
  root.commandsGroup("On the trusted side:");
  for (
    const make of [
      initCommand,
      keygenCommand,
      provisionCommand,
      auditCommand,
      listCommand,
      statusCommand,
      filesCommand,
      findCommand,
      diffCommand,
      statsCommand,
      catCommand,
      tarCommand,
      restoreCommand,
      verifyCommand,
      expireCommand,
      drillCommand,
      mirrorCommand,
      pinCommand,
      unpinCommand,
    ]
  ) root.addCommand(make());
  root.commandsGroup("For your shell:").addCommand(completionsCommand(program)).addCommand(
    manCommand(program),
  );
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

/** Runs the command line and sets `Deno.exitCode`. */
export async function main(args: readonly string[]): Promise<void> {
  withdrawWebStorage();
  const root = program();
  try {
    if (args.length === 0) root.help();
    await root.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) writers.writeErr(`error: ${oneLine(reason(error))}\n`);
    Deno.exitCode = commandExitCode(error);
  }
}
