import { CommanderError } from "commander";
import { EXIT, type ExitCode, exitCodeOf as exitCodeOfFailure } from "../model/exit.ts";

export { EXIT, type ExitCode };

/** The exit code for whatever a command threw, the parser of its arguments included. */
export function commandExitCode(thrown: unknown): ExitCode {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.DONE : EXIT.MISUSE;
  return exitCodeOfFailure(thrown);
}

/** What each exit code means, in the words of help and manual. */
export const EXIT_MEANINGS: readonly (readonly [code: ExitCode, meaning: string])[] = [
  [EXIT.DONE, "done"],
  [EXIT.FAILED, "failed"],
  [EXIT.MISUSE, "wrong usage or config"],
  [EXIT.INCOMPLETE, "backup stored, but incomplete: something could not be read"],
  [EXIT.DAMAGE, "verification found damage, forgery or a broken promise"],
  [EXIT.LATE, "a host is late or odd (`status`)"],
  [EXIT.LOCKED, "another run holds the lock"],
  [EXIT.INTERRUPTED, "interrupted or hung up"],
];
