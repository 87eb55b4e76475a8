import { Option } from "commander";
import { DEFAULT_CONFIG } from "../app/hosts.ts";
import { builtFor, installation } from "../app/installation.ts";
import { commandExitCode, EXIT, type ExitCode } from "./exit.ts";
import { DescribedCommand } from "./described_command.ts";
import { isRefusal, permissionsHint } from "./permission_check.ts";
import { interruptible } from "./interrupt.ts";
import { type CommonOptions, Session } from "./session.ts";

/** Action of a command. Without a result the exit code is 0. */
export type Action = (session: Session) => Promise<ExitCode | void>;

/** Creates a command with the options that all commands have. */
export function command(name: string, summary: string, description: string): DescribedCommand {
  return new DescribedCommand(name)
    .summary(summary)
    .description(description)
    .option("--config <file>", "config file", builtFor(installation())?.config ?? DEFAULT_CONFIG)
    .option("--json", "print one JSON object per line on standard output")
    .option("--quiet", "print errors and warnings only")
    .addOption(new Option("--verbose", "print more details").conflicts("quiet"))
    .option("--no-color", "do not use colours on a terminal")
    .helpOption("--help", "show this help")
    .showHelpAfterError(`(\`nightdrop ${name} --help\` shows the usage)`)
    .allowExcessArguments(false)
    .configureHelp({ helpWidth: 100 });
}

/** Time that an interrupted command has to end by itself, unless it has to clean up. */
const LEAVE_AFTER_MS = 1000;

/** Time that queued output has to be written at the end. */
const LAST_LINES_MS = 2000;

/**
 * Runs the action of a command, prints its error and sets the exit code.
 *
 * @param permissions Arguments of `nightdrop permissions` that grant what the command needs.
 */
export async function act(
  options: CommonOptions,
  action: Action,
  permissions: readonly string[] = ["--trusted"],
): Promise<void> {
  using interrupt = interruptible();
  const { signal } = interrupt;
  const session = new Session(options, signal);
  const { output } = session;
  signal.addEventListener("abort", () => setTimeout(() => leave(session), LEAVE_AFTER_MS));
  try {
    Deno.exitCode = await action(session) ?? EXIT.DONE;
    if (!session.cleansUp && Deno.exitCode === EXIT.DONE) output.refuseLoss();
  } catch (error) {
    // After an abort the thrown error depends on the step that was running. The cause is in the signal.
    const thrown = signal.aborted ? signal.reason : error;
    output.fail(thrown, isRefusal(thrown) ? permissionsHint(options.config, permissions) : undefined);
    Deno.exitCode = commandExitCode(thrown);
  }
  output.flush();
  output.progress?.clear();
  const written = await output.written(LAST_LINES_MS);
  // A pending request, prompt or write would keep the process alive. A second signal, as when a terminal hangs up, would
  // change the exit code.
  if (Deno.exitCode === EXIT.INTERRUPTED || signal.aborted || !written) Deno.exit();
}

/** Ends the process while the action is still running: it may wait for something that cannot be aborted. */
function leave({ cleansUp, output, run: { signal: { reason } } }: Session): void {
  if (cleansUp) return;
  output.fail(reason);
  Deno.exit(commandExitCode(reason));
}
