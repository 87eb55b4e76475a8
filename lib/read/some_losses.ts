import { printablePath } from "../model/printable.ts";
import type { Lost } from "./tree_scan.ts";

/** Losses of one snapshot that are named; of the others only the number is told. */
const NAMED = 20;

/** Tells of what is lost: the first by name, and of the others how many. */
export class SomeLosses {
  readonly #tell: (what: string) => void;
  #count = 0;

  constructor(tell: (what: string) => void) {
    this.#tell = tell;
  }

  readonly add = ({ entry, why }: Lost): void => {
    if (++this.#count > NAMED) return;
    this.#tell(entry === undefined ? why : `"${printablePath(entry.path)}" cannot be restored: ${why}`);
  };

  /** Tells how many were not named. */
  end(): void {
    if (this.#count > NAMED) this.#tell(`${this.#count - NAMED} more entries cannot be restored`);
  }
}
