import { printable } from "../model/printable.ts";
import type { StoreError } from "../store/contract.ts";

/** Names that are remembered. */
const MAX_NAMES = 1000;

/** What a list passed over: names that no object has, and what cannot be read. */
export class PassedOver {
  readonly #foreign = new Set<string>();
  readonly #unreadable = new Map<string, StoreError>();
  #moreUnreadable = 0;

  /** Takes note, as `ListOptions.passedOver`. */
  readonly add = (name: string, why?: StoreError): void => {
    if (why !== undefined && this.#unreadable.size < MAX_NAMES) this.#unreadable.set(name, why);
    else if (why !== undefined) this.#moreUnreadable += 1;
    else if (this.#foreign.size < MAX_NAMES) this.#foreign.add(name);
  };

  /** Directories and files that cannot be looked at, by their names in the store: the first of them. */
  get unreadable(): ReadonlyMap<string, StoreError> {
    return this.#unreadable;
  }

  /** How many others cannot be looked at. */
  get moreUnreadable(): number {
    return this.#moreUnreadable;
  }

  /** How many names cannot be those of objects, with an example; undefined for none. */
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
