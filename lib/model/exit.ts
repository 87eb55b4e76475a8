import { Damage, Interrupted, Locked, Misuse } from "./failure.ts";

/** Exit codes. They are stable, so that scripts can rely on them. */
export const EXIT = {
  DONE: 0,
  FAILED: 1,
  MISUSE: 2,
  INCOMPLETE: 3,
  DAMAGE: 4,
  LATE: 5,
  LOCKED: 11,
  INTERRUPTED: 130,
} as const;

/** One of the exit codes. */
export type ExitCode = typeof EXIT[keyof typeof EXIT];

/** Returns the exit code for a thrown value. */
export function exitCodeOf(thrown: unknown): ExitCode {
  if (thrown instanceof Interrupted) return EXIT.INTERRUPTED;
  if (thrown instanceof Locked) return EXIT.LOCKED;
  if (thrown instanceof Misuse) return EXIT.MISUSE;
  if (thrown instanceof Damage) return EXIT.DAMAGE;
  return EXIT.FAILED;
}
