/** What a {@link Failure} says beside its message. */
export interface FailureOptions {
  /** What to do next. */
  readonly hint?: string | undefined;
  /** Items that are listed below the message. */
  readonly details?: readonly string[] | undefined;
  /** What was thrown before. */
  readonly cause?: unknown;
}

/**
 * The errors that people are meant to read. A message says what happened and to what; the hint says what to
 * do next. Anything else that is thrown is a bug in nightdrop or in the machine.
 *
 * One class per exit code, and one place (`exit.ts`) that maps them.
 */
export class Failure extends Error {
  /** The class, for those who cannot ask `instanceof`. */
  override readonly name: string = "Failure";
  /** What to do next. */
  readonly hint: string | undefined;
  /** The first line of the message. */
  readonly headline: string;
  /** What the message lists below its first line, an item a line. */
  readonly details: readonly string[];

  /** Says what happened, and to what. */
  constructor(message: string, options: FailureOptions = {}) {
    const { hint, details = [] } = options;
    super([message, ...details].join("\n  "), "cause" in options ? { cause: options.cause } : undefined);
    this.hint = hint;
    this.headline = message;
    this.details = details;
  }
}

/** Wrong usage or a config that cannot be used: nothing was done. */
export class Misuse extends Failure {
  /** The class. */
  override readonly name = "Misuse";
}

/** Stored data are damaged, forged, foreign or missing. */
export class Damage extends Failure {
  /** The class. */
  override readonly name = "Damage";
}

/** Another run holds the lock. */
export class Locked extends Failure {
  /** The class. */
  override readonly name = "Locked";
}

/** The run was interrupted. */
export class Interrupted extends Failure {
  /** The class. */
  override readonly name = "Interrupted";

  /** Says what happened. */
  constructor(message = "Interrupted") {
    super(message);
  }
}

/** Message of a failure and what to do next, in one line. */
export function withHint({ message, hint }: Failure): string {
  return hint === undefined ? message : `${message}. ${hint}`;
}

/** The message of whatever was thrown. */
export function reason(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
