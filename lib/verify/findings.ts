/** Something that a verification found. */
export interface Finding {
  /**
   * `damage`: something is missing, altered, forged or foreign, or expires too early. `unreadable`: it could not be checked.
   * `warning`: check it. `note`: for information.
   */
  readonly kind: "damage" | "unreadable" | "warning" | "note";
  /** Host that it is about. */
  readonly host: string;
  /** Snapshot that it is about; undefined if it is about all of them. */
  readonly snapshot: string | undefined;
  /** Description in words. */
  readonly what: string;
}
