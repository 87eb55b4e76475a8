import type { Entry } from "../model/entry.ts";
import { Judgement, type Verdict } from "../model/judgement.ts";

/** Figures of a receipt that announce no limit: the lines of some paths are fewer than those of the tree. */
const ANY_NUMBER = { entries: Infinity, bytes: Infinity };

/**
 * Judges the lines of some paths, layer by layer with the uppermost first, as {@linkcode Judgement} judges the lines of the whole
 * tree. Only the totals that a receipt announces cannot be compared.
 */
export class LineJudge {
  readonly #judgement = new Judgement(ANY_NUMBER);
  #group = 1;
  #adopted = 0;

  /** Judges the entry of a line. */
  judge(entry: Entry, volume: number, isAdopted: boolean): Verdict {
    if (isAdopted && volume !== this.#adopted) this.#group += 1;
    this.#adopted = volume;
    return this.#judgement.judge(entry, this.#group);
  }

  /** Takes note of a path that is gone from the layers below; false where it was listed before. */
  gone(path: string): boolean {
    return this.#judgement.gone(path);
  }

  /** Goes on to the next layer. */
  endLayer(): void {
    this.#group += 1;
    this.#adopted = 0;
  }
}
