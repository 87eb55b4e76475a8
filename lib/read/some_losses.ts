import type { Lost } from "./tree_scan.ts";

/** Tells of what is lost: the first entries one by one, and of the others how many. */
export class SomeLosses {
  readonly #tell: (lost: Lost) => void;
  readonly #most: number;
  #count = 0;

  /** @param most entries that are told one by one. */
  constructor(most: number, tell: (lost: Lost) => void) {
    this.#most = most;
    this.#tell = tell;
  }

  readonly add = (lost: Lost): void => {
    if (lost.entry === undefined || ++this.#count <= this.#most) this.#tell(lost);
  };

  /** Tells how many were not told one by one. */
  end(): void {
    const more = this.#count - this.#most;
    if (more > 0) this.#tell({ entry: undefined, why: `${more} more entries cannot be restored` });
  }
}
