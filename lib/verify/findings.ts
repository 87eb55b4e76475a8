/** Finding of a verification. */
export interface Finding {
  /**
   * `damage`: something is missing, altered, forged or foreign, or expires too early. `unreadable`: it could not be checked.
   * `warning`: check it. `note`: for information.
   */
  readonly kind: "damage" | "unreadable" | "warning" | "note";
  /** Host that it concerns. */
  readonly host: string;
  /** Snapshot that it concerns; undefined if it concerns all of them. */
  readonly snapshot: string | undefined;
  /** Mirror in which it was found; undefined for the store of the host. */
  readonly mirror?: string;
  /** Description in words. */
  readonly what: string;
}
