/** Way to do a job. */
export interface Contender {
  /** As it stands in the table. */
  readonly name: string;
  /** Runs before each run of the script, and is not measured. */
  readonly prepare?: () => Promise<unknown>;
  /** What is measured, in bash. */
  readonly script: string;
  /** The directory of what it stores; none where it stores nothing. */
  readonly store?: string;
}

/** Backup program or pipeline, for one tree. Jobs that it does not support are missing. */
export interface Tool {
  /** Programs that it needs. */
  readonly needs: readonly string[];
  /** Of everything, into an empty store. */
  readonly backup: Contender;
  /** Another one, after {@link backup} and with what that left. */
  readonly again?: Contender;
  /** Of the backup. */
  readonly restore?: Contender;
  /** That the backup can be restored, down to the last byte. */
  readonly verify?: Contender;
}
