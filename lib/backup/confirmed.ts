import type { VolumeMade } from "./volume.ts";

/** Waits until a volume is complete and the store has confirmed each of its parts, whichever comes last. */
export class Confirmed {
  readonly #whole: (made: VolumeMade, taken: Date | undefined) => void;
  readonly #taken: (Date | undefined)[] = [];
  #made: VolumeMade | undefined;

  constructor(whole: (made: VolumeMade, taken: Date | undefined) => void) {
    this.#whole = whole;
  }

  part(taken: Date | undefined): void {
    this.#taken.push(taken);
    this.#report();
  }

  made(made: VolumeMade): void {
    this.#made = made;
    this.#report();
  }

  #report(): void {
    if (this.#taken.length === this.#made?.parts.length) this.#whole(this.#made, earliest(this.#taken));
  }
}

function earliest(times: readonly (Date | undefined)[]): Date | undefined {
  const known = times.filter((it) => it !== undefined);
  return known.length < times.length ? undefined : new Date(Math.min(...known.map(Number)));
}
