/** Something that a verification found. */
export interface Finding {
  /**
   * `damage`: something is missing, altered, forged or foreign; a promise is broken. `unreadable`: it could not be looked
   * at. `warning`: to be looked at. `note`: worth knowing.
   */
  readonly kind: "damage" | "unreadable" | "warning" | "note";
  /** Whose. */
  readonly host: string;
  /** In which snapshot; undefined where it is about all of them. */
  readonly snapshot: string | undefined;
  /** In words. */
  readonly what: string;
}
