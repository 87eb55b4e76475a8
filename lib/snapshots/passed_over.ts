import { printable } from "../model/printable.ts";
import type { StoreError } from "../store/contract.ts";

/** Maximum number of names that are remembered. */
const MAX_NAMES = 1000;

/** Names that a list left out: those that no object has, and those that cannot be read. */
export class PassedOver {
  readonly #foreign = new Set<string>();
  readonly #unreadable = new Map<string, StoreError>();
  #moreUnreadable = 0;

  /** Records a name: a callback for `ListOptions.passedOver`. */
  readonly add = (name: string, why?: StoreError): void => {
    if (why !== undefined && this.#unreadable.size < MAX_NAMES) this.#unreadable.set(name, why);
    else if (why !== undefined) this.#moreUnreadable += 1;
    else if (this.#foreign.size < MAX_NAMES) this.#foreign.add(name);
  };

  /** Unreadable directories and files with their errors, by their names in the store: the first of them. */
  get unreadable(): ReadonlyMap<string, StoreError> {
    return this.#unreadable;
  }

  /** Number of other unreadable directories and files. */
  get moreUnreadable(): number {
    return this.#moreUnreadable;
  }

  /**
   * Description of the names that no object has: their number and an example; undefined if there are none.
   */
  get foreign(): string | undefined {
    const [first] = this.#foreign;
    if (first === undefined) return undefined;
    const { size } = this.#foreign;
    if (size === 1) {
      return `"${printable(first)}" cannot be an object of nightdrop: somebody else put it there`;
    }
    const count = size < MAX_NAMES ? `${size} things` : `${size} or more things`;
    return `${count} cannot be objects of nightdrop, such as "${
      printable(first)
    }": somebody else put them there`;
  }
}
