import type { Lost } from "./tree_scan.ts";

/** Reports losses: the first entries one by one, and the number of others. */
export class SomeLosses {
  readonly #report: (lost: Lost) => void;
  readonly #most: number;
  #count = 0;
  /** Whether all losses that were not reported may be undamaged. */
  #unreadable = true;

  /**
   * Creates the reporter.
   *
   * @param most Maximum number of entries that are reported one by one.
   */
  constructor(most: number, report: (lost: Lost) => void) {
    this.#most = most;
    this.#report = report;
  }

  readonly add = (lost: Lost): void => {
    if (lost.entry === undefined || ++this.#count <= this.#most) this.#report(lost);
    else this.#unreadable &&= lost.unreadable;
  };

  /** Reports the number of entries that were not reported one by one. */
  end(): void {
    const more = this.#count - this.#most;
    if (more <= 0) return;
    const reason = `${more} more entries cannot be restored`;
    this.#report({ entry: undefined, reason, unreadable: this.#unreadable });
  }
}
