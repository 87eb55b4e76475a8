/** Options of a {@linkcode Failure}. */
export interface FailureOptions {
  /** Next step for the user, as an imperative. */
  readonly hint?: string | undefined;
  /** Items that are listed below the message. */
  readonly details?: readonly string[] | undefined;
  /** Error that caused it. */
  readonly cause?: unknown;
}

/**
 * Error for the user. The message states what failed and why; the hint states what to do next. Any other
 * error is a bug in nightdrop or a fault of the machine.
 *
 * Each class has one exit code; `exit.ts` maps them.
 */
export class Failure extends Error {
  /** Name of the class, for code that cannot use `instanceof`. */
  override readonly name: string = "Failure";
  /** Next step for the user, as an imperative. */
  readonly hint: string | undefined;
  /** First line of the message. */
  readonly headline: string;
  /** Items that the message lists below its first line, one per line. */
  readonly details: readonly string[];

  /** Creates an error with a message of the form `cannot <verb> <object>: <reason>`. */
  constructor(message: string, options: FailureOptions = {}) {
    const { hint, details = [] } = options;
    super([message, ...details].join("\n  "), "cause" in options ? { cause: options.cause } : undefined);
    this.hint = hint;
    this.headline = message;
    this.details = details;
  }
}

/** Wrong usage or an invalid config: nothing was done. */
export class Misuse extends Failure {
  /** Name of the class. */
  override readonly name = "Misuse";
}

/** Stored data that are damaged, forged, foreign or missing. */
export class Damage extends Failure {
  /** Name of the class. */
  override readonly name = "Damage";
}

/** Failure because another run holds the lock. */
export class Locked extends Failure {
  /** Name of the class. */
  override readonly name = "Locked";
}

/** Failure because the run was interrupted. */
export class Interrupted extends Failure {
  /** Name of the class. */
  override readonly name = "Interrupted";

  /** Creates the error. */
  constructor(message = "Interrupted") {
    super(message);
  }
}

/** Returns the message and the hint of a failure in one line. */
export function withHint({ message, hint }: Failure): string {
  return hint === undefined ? message : `${message}. ${hint}`;
}

/** Returns the message of a thrown value. */
export function reason(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
