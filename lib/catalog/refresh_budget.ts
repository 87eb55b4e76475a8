import { entryWeight, type Refresh } from "./refresh.ts";

/** Decides which unchanged entries a run re-sends, so that nothing expires early, and counts their bytes. */
export class RefreshBudget {
  readonly #refresh: Refresh;
  /** Number of bytes left for the volume that is re-sent in part. */
  #partLeft: number;
  #spent = 0;

  constructor(refresh: Refresh) {
    this.#refresh = refresh;
    this.#partLeft = refresh.partly?.bytes ?? 0;
  }

  /** Whether an unchanged entry of `size` bytes in `volume` is re-sent. Counts it if so. */
  takes(volume: number, size: number): boolean {
    const { old, whole, partly } = this.#refresh;
    if (old.has(volume)) return true;
    const weight = entryWeight(1, size);
    // An entry of more than twice the bytes left waits for a run with a larger budget.
    const part = volume === partly?.seq && weight <= 2 * this.#partLeft;
    if (part) this.#partLeft -= weight;
    if (part || whole.has(volume)) this.#spent += weight;
    return part || whole.has(volume);
  }

  /** Bytes that this run and earlier ones have re-sent beyond what was due; negative if less. */
  get ahead(): number {
    return this.#spent - this.#refresh.due;
  }
}
