import { exposure } from "../../disk/trust.ts";
import { DAY_MS } from "../../model/day.ts";
import { sha256 } from "../../model/digest.ts";
import type { KnownRefusals } from "../contract.ts";
import { readCacheText, writeCacheText } from "./cache_text.ts";

/** Version of the file, and of the rules by which a receipt is refused: a program with other rules has another one. */
const FORMAT = "nightdrop-refusals/1";

/** Refused receipts of a host that are remembered. */
const MAX_REMEMBERED = 200_000;

const MAX_FILE_BYTES = 16 * 1024 ** 2;

/** Days after which everything is forgotten, so that no error of a store or a network stays. */
const MAX_AGE = 7;

/** Receipts that each run judges itself, before it asks the memory: all that are reported one by one. */
const ALWAYS_JUDGED = 100;

/** Refused receipts from which on somebody floods the store. */
const FLOOD = 1000;

/** Hexadecimal digits of the SHA-256 that are kept of a key. */
const DIGITS = 32;

/**
 * Receipts of a host in a store that were refused, in the owner's cache. An intruder who can put objects can put 100,000, and
 * each costs a request.
 *
 * A wrong entry could hide a snapshot: a file that another user can change is not used, and everything is forgotten after a
 * week, or if the file is deleted. In a store without a flood the memory is never asked.
 */
export class RefusalMemory implements KnownRefusals {
  readonly #path: string;
  readonly #about: string;
  #known: ReadonlySet<string> | undefined;
  #begun = Date.now();
  readonly #added = new Set<string>();

  /**
   * @param directory Directory of the cache, which no other user can write to.
   * @param about Text that names store and host.
   */
  constructor(directory: string, about: string) {
    this.#about = sha256(new TextEncoder().encode(about));
    this.#path = `${directory}/refused/${this.#about.slice(0, 2)}/${this.#about}`;
  }

  /** Whether this run has refused so many receipts that they would fill the cache. */
  get isFlood(): boolean {
    return this.#added.size >= FLOOD;
  }

  has(key: string): boolean {
    if (this.#added.size < ALWAYS_JUDGED) return false;
    this.#known ??= this.#read();
    return this.#known.has(digestOf(key));
  }

  add(key: string): void {
    this.#added.add(digestOf(key));
  }

  /** Writes what was added. */
  settle(): void {
    if (this.#added.size < ALWAYS_JUDGED) return;
    this.#known ??= this.#read();
    const kept = [...this.#known.union(this.#added)].slice(0, MAX_REMEMBERED);
    if (kept.length > this.#known.size) {
      writeCacheText(this.#path, [FORMAT, this.#about, this.#begun, ...kept, ""].join("\n"));
    }
    this.#added.clear();
    this.#known = undefined;
  }

  #read(): ReadonlySet<string> {
    const text = exposure(this.#path) === undefined ? readCacheText(this.#path, MAX_FILE_BYTES) : undefined;
    const [format, about, begun, ...digests] = text?.trimEnd().split("\n") ?? [];
    const age = Date.now() - Number(begun);
    const isCurrent = format === FORMAT && about === this.#about && age >= 0 && age < MAX_AGE * DAY_MS;
    if (!isCurrent || !digests.every((it) => /^[0-9a-f]{32}$/.test(it))) return new Set();
    this.#begun = Number(begun);
    return new Set(digests);
  }
}

function digestOf(key: string): string {
  return sha256(new TextEncoder().encode(key)).slice(0, DIGITS);
}
