import { Option } from "commander";
import { DEFAULT_CONFIG } from "../app/hosts.ts";
import { builtFor, installation } from "../app/installation.ts";
import { commandExitCode, EXIT, type ExitCode } from "./exit.ts";
import { DescribedCommand } from "./described_command.ts";
import { isRefusal, permissionsHint } from "./permission_check.ts";
import { interruptible } from "./interrupt.ts";
import { type CommonOptions, Session } from "./session.ts";

/** What a command does; nothing said means done. */
export type Action = (session: Session) => Promise<ExitCode | void>;

/** A command with the options that all commands have. */
export function command(name: string, summary: string, description: string): DescribedCommand {
  return new DescribedCommand(name)
    .summary(summary)
    .description(description)
    .option("--config <file>", "the config file", builtFor(installation())?.config ?? DEFAULT_CONFIG)
    .option("--json", "one JSON object a line on standard output")
    .option("--quiet", "errors and warnings only")
    .addOption(new Option("--verbose", "tell more").conflicts("quiet"))
    .option("--no-color", "no colours on a terminal")
    .helpOption("--help", "show this help")
    .showHelpAfterError(`(\`${name} --help\` explains)`)
    .allowExcessArguments(false)
    .configureHelp({ helpWidth: 100 });
}

/** An interrupted command has so long to end by itself, unless it has something to clean up. */
const HURRY_MS = 1000;

/** How long what waits for a slow reader may take to be written when all is done. */
const LAST_LINES_MS = 2000;

/**
 * Runs a command's action and leaves its exit code behind.
 *
 * @param mend The arguments of `permissions` that grant what the command needs.
 */
export async function act(
  options: CommonOptions,
  action: Action,
  mend: readonly string[] = ["--trusted"],
): Promise<void> {
  using interrupt = interruptible();
  const { signal } = interrupt;
  const session = new Session(options, signal);
  const { output } = session;
  signal.addEventListener("abort", () => setTimeout(() => leave(session), HURRY_MS));
  try {
    Deno.exitCode = await action(session) ?? EXIT.DONE;
    if (!session.cleansUp && Deno.exitCode === EXIT.DONE) output.refuseLoss();
  } catch (error) {
    // An abort surfaces as whatever was under way; the reason is what happened.
    const thrown = signal.aborted ? signal.reason : error;
    output.fail(thrown, isRefusal(thrown) ? permissionsHint(options.config, mend) : undefined);
    Deno.exitCode = commandExitCode(thrown);
  }
  output.flush();
  output.progress?.clear();
  const written = await output.written(LAST_LINES_MS);
  // What still waits for an answer, a key or a reader would keep the process. A signal that follows what interrupted the
  // command, such as the one of a terminal that hangs up, would change its exit code.
  if (Deno.exitCode === EXIT.INTERRUPTED || signal.aborted || !written) Deno.exit();
}

/** Ends the process though the action has not ended: it waits for what takes no signal. */
function leave({ cleansUp, output, run: { signal: { reason } } }: Session): void {
  if (cleansUp) return;
  output.fail(reason);
  Deno.exit(commandExitCode(reason));
}
