/** Subject of a catalog. */
export interface Subject {
  readonly host: string;
  /**
   * What makes older volumes useless when it changes, each by what people call it: recipients, signer, store. In any form
   * that stays the same.
   */
  readonly settings: Readonly<Record<string, string>>;
  /** The member paths that the walk begins at, in its order; empty for the root. */
  readonly declared: readonly string[];
  /** Commitments of the receipts of which the last may be: those that the host knows of. */
  readonly receipts: readonly string[];
}

/** The same where any receipt may be the last. */
export type TrustedFor = Omit<Subject, "receipts"> & { readonly receipts: Subject["receipts"] | undefined };

/** For how long what was sent is of use. */
export interface Terms {
  /** So many days old at most is what a run builds upon; more than 0. */
  readonly refreshDays: number;
  /** For so many days the store keeps what it is given: more than that. */
  readonly keptDays: number;
}
