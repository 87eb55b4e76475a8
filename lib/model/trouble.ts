/** Problem with one path of the source tree. */
export interface Trouble {
  /**
   * Kind of problem.
   *
   * - `unread`: it should be in the backup and is missing or incomplete: the snapshot is incomplete, exit
   *   code 3.
   * - `vanished`: it was listed, but gone before it was read. This is normal while the host is in use; a
   *   warning.
   * - `changed`: it changed while it was read, and was cut or padded to the size in its entry. A warning.
   * - `skipped`: left out on purpose, and worth reporting (a socket, `/proc`). A note.
   */
  readonly kind: "unread" | "vanished" | "changed" | "skipped";
  /** Absolute path on the host. */
  readonly path: string;
  /** Reason in words, such as `permission denied`. */
  readonly reason: string;
}

/** Reports a problem. It is called as soon as the problem is found. */
export type ReportTrouble = (trouble: Trouble) => void;
