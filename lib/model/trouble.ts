/** Problem with one path of the source tree. */
export interface Trouble {
  /**
   * - `unread`: it should be in the backup and is not (or incomplete): the snapshot is incomplete, exit code 3.
   * - `vanished`: it was listed and gone before it was read. Trees live; a warning.
   * - `changed`: it changed while it was read, and was cut or padded to the promised size. A warning.
   * - `skipped`: left out on purpose, and worth reporting (a socket, `/proc`). A note.
   */
  readonly kind: "unread" | "vanished" | "changed" | "skipped";
  /** The absolute path on the host. */
  readonly path: string;
  /** What happened, in words: `permission denied`. */
  readonly reason: string;
}

/** Function that takes each problem as it is met. */
export type ReportTrouble = (trouble: Trouble) => void;
