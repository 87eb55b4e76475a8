/** Subject of a catalog. */
export interface Subject {
  readonly host: string;
  /**
   * Settings that make older volumes useless when they change, by their names for people: recipients, signer,
   * store. The values can have any form that stays the same.
   */
  readonly settings: Readonly<Record<string, string>>;
  /** Member paths at which the walk begins, in its order; empty for the root. */
  readonly declared: readonly string[];
  /** Commitments of the receipts that the last one may be: those that the host knows. */
  readonly receipts: readonly string[];
}

/** Subject of a catalog, with `receipts` undefined if any receipt may be the last. */
export type TrustedFor = Omit<Subject, "receipts"> & { readonly receipts: Subject["receipts"] | undefined };

/** Days for which sent objects can be used. */
export interface Terms {
  /** Maximum age in days of volumes that a run builds on; more than 0. */
  readonly refreshDays: number;
  /** Days for which the store keeps objects; more than `refreshDays`. */
  readonly keptDays: number;
}
