import { Command, Option } from "args";
import { DEFAULT_CONFIG } from "../hosts.ts";
import { builtFor, installation } from "../installation.ts";
import { EXIT, type ExitCode, exitCodeOf } from "./exit.ts";
import { isRefusal, mending } from "./sandbox.ts";
import { type CommonOptions, interruptible, Session } from "./session.ts";

/** What a command does; nothing said means done. */
export type Action = (session: Session) => Promise<ExitCode | void>;

/** A command with the options that all commands have. */
export function command(name: string, summary: string, description: string): Command {
  return new Command(name)
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

/** Examples below the help of a command. */
export function examples(...lines: [example: string, meaning: string][]): string {
  const width = Math.max(...lines.map(([example]) => example.length));
  return ["", "Examples:", ...lines.map(([example, meaning]) => `  ${example.padEnd(width)}   ${meaning}`)]
    .join("\n");
}

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
  const session = new Session(options, interrupt.signal);
  try {
    Deno.exitCode = await action(session) ?? EXIT.DONE;
  } catch (error) {
    // An abort surfaces as whatever was under way; the reason is what happened.
    const thrown = interrupt.signal.aborted ? interrupt.signal.reason : error;
    session.output.fail(thrown, isRefusal(thrown) ? mending(options.config, mend) : undefined);
    Deno.exitCode = exitCodeOf(thrown);
  } finally {
    session.output.flush();
    session.output.progress?.clear();
  }
}
