import { CommanderError } from "commander";
import { EXIT, type ExitCode, exitCodeOf as exitCodeOfFailure } from "../model/exit.ts";

export { EXIT, type ExitCode };

/** Returns the exit code for an error that a command or the argument parser threw. */
export function commandExitCode(thrown: unknown): ExitCode {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.DONE : EXIT.MISUSE;
  return exitCodeOfFailure(thrown);
}

/** Meanings of the exit codes, as help and the manual page print them. */
export const EXIT_MEANINGS: readonly (readonly [code: ExitCode, meaning: string])[] = [
  [EXIT.DONE, "done"],
  [EXIT.FAILED, "failed, or could not check"],
  [EXIT.MISUSE, "wrong usage or config"],
  [EXIT.INCOMPLETE, "backup stored, but incomplete: some files could not be read"],
  [EXIT.DAMAGE, "damage, forgery or too short retention found; audit: the host can do more than put"],
  [EXIT.LATE, "status: a host needs attention, such as a late backup"],
  [EXIT.LOCKED, "another run holds the lock"],
  [EXIT.INTERRUPTED, "interrupted or hung up"],
];
