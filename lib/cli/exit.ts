import { CommanderError } from "args";
import { EXIT, type ExitCode, exitCodeOf as exitCodeOfFailure } from "../model/exit.ts";

export { EXIT, type ExitCode };

/** The exit code for whatever a command threw, the parser of its arguments included. */
export function exitCodeOf(thrown: unknown): ExitCode {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.DONE : EXIT.MISUSE;
  return exitCodeOfFailure(thrown);
}
