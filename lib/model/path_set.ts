import { hash, randomBytes } from "node:crypto";

/**
 * A set of paths that takes 16 bytes for each, whatever their length: it keeps 128 bits of a digest. Which paths collide
 * is for nobody to choose: the digest begins with what is random for each set.
 */
export class PathSet {
  readonly #salt = randomBytes(16).toString("hex");
  /** Two halves for each place; zero in both where it is free. */
  #table = new BigUint64Array(2 * 1024);
  #size = 0;

  /** Adds a path; false where it was there already. */
  add(path: string): boolean {
    if (this.#size * 4 >= this.#table.length) this.#grow(); // half of the places are taken
    const [high, low] = this.#digest(path);
    if (!insert(this.#table, high, low)) return false;
    this.#size += 1;
    return true;
  }

  /** Whether a path was added. */
  has(path: string): boolean {
    const [high, low] = this.#digest(path);
    const at = placeOf(this.#table, high, low);
    return this.#table[at] === high && this.#table[at + 1] === low;
  }

  #digest(path: string): [high: bigint, low: bigint] {
    const text = hash("sha256", this.#salt + path, "hex");
    return [BigInt(`0x${text.slice(0, 16)}`), BigInt(`0x${text.slice(16, 32)}`)];
  }

  #grow(): void {
    const old = this.#table;
    this.#table = new BigUint64Array(old.length * 2);
    for (let at = 0; at < old.length; at += 2) {
      if (old[at] !== 0n || old[at + 1] !== 0n) insert(this.#table, old[at]!, old[at + 1]!);
    }
  }
}

function insert(table: BigUint64Array, high: bigint, low: bigint): boolean {
  const at = placeOf(table, high, low);
  if (table[at] === high && table[at + 1] === low) return false;
  table[at] = high;
  table[at + 1] = low;
  return true;
}

/** Where it is, or the free place where it belongs. */
function placeOf(table: BigUint64Array, high: bigint, low: bigint): number {
  const mask = table.length - 1;
  let at = Number(low & 0x7fff_ffffn) * 2 & mask;
  while ((table[at] !== 0n || table[at + 1] !== 0n) && (table[at] !== high || table[at + 1] !== low)) {
    at = (at + 2) & mask;
  }
  return at;
}
