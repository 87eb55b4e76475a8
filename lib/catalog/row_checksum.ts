/**
 * Checksum of a table in 64 bits: the sum of its rows' digests. A change of a row updates it without reading
 * other rows. It detects every row that was altered, lost, duplicated or added outside of the catalog. It
 * protects against damage only: a user who can write to the file can write a matching sum.
 */
export class RowChecksum {
  #high: number;
  #low: number;

  /**
   * Creates a checksum.
   *
   * @param text Text of {@link toString}. Default: that of an empty table.
   */
  constructor(text = "0000000000000000") {
    this.#high = parseInt(text.slice(0, 8), 16);
    this.#low = parseInt(text.slice(8), 16);
  }

  /** Adds a row. */
  add({ high, low }: RowDigest): void {
    this.#high = (this.#high + high) >>> 0;
    this.#low = (this.#low + low) >>> 0;
  }

  /** Removes a row. */
  remove({ high, low }: RowDigest): void {
    this.#high = (this.#high - high) >>> 0;
    this.#low = (this.#low - low) >>> 0;
  }

  /** Returns sixteen hexadecimal digits. */
  toString(): string {
    return hex(this.#high) + hex(this.#low);
  }
}

/** Digest of a row: two numbers of 32 bits. */
export interface RowDigest {
  readonly high: number;
  readonly low: number;
}

/** Value in a row. */
export type Cell = string | number | null;

/**
 * Returns the digest of a row's values in their order. Every run computes it for every entry of a tree, so it
 * is the fastest function that distinguishes rows which damage can convert into each other: multiplications
 * by odd numbers, which lose nothing, and a mix of all bits at the end.
 */
export function digestRow(cells: readonly Cell[]): RowDigest {
  let high = 0x6a09e667;
  let low = 0xbb67ae85;
  for (const cell of cells) {
    if (typeof cell === "number" && Number.isInteger(cell)) {
      high = Math.imul(Math.imul(high ^ cell, 0x9e3779b1) ^ (cell / 2 ** 32), 0x9e3779b1);
      low = Math.imul(Math.imul(low ^ cell, 0x85ebca77) ^ (cell / 2 ** 32), 0x85ebca77);
    } else {
      const text = String(cell);
      for (let at = 0; at < text.length; at += 1) {
        const unit = text.charCodeAt(at);
        high = Math.imul(high ^ unit, 0x9e3779b1);
        low = Math.imul(low ^ unit, 0x85ebca77);
      }
    }
    // A separator, so that the end of a value cannot move to the beginning of the next one.
    high = Math.imul(high ^ 0x10000, 0x9e3779b1);
    low = Math.imul(low ^ 0x10000, 0x85ebca77);
  }
  return { high: mixed(high, low), low: mixed(low, high) };
}

function mixed(one: number, other: number): number {
  const bits = Math.imul(one ^ (one >>> 16), 0xc2b2ae35) ^ Math.imul(other ^ (other >>> 13), 0x27d4eb2f);
  return (bits ^ (bits >>> 16)) >>> 0;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}
