/** Words of a place: the hash, and behind it the value. */
const WORDS = 4;
const VALUE = 3;

/** Places at the beginning. */
const START = 1024;

/**
 * Numbers by path, in 21 to 43 bytes for each, whatever the length of the path: it keeps 96 bits of a hash instead. The
 * hash has a random key, so a host cannot choose which paths collide.
 *
 * ```ts
 * import { PathTable } from "./path_table.ts";
 * import assert from "assert";
 * const table = new PathTable();
 * table.set("etc/hosts", 7);
 * assert.equal(table.get("etc/hosts"), 7);
 * assert.equal(table.get("etc"), 0);
 * ```
 */
export class PathTable {
  readonly #hash = new PathHash();
  #table = new Uint32Array(START * WORDS);
  #size = 0;

  /** How many paths have a number. */
  get size(): number {
    return this.#size;
  }

  /** The number of a path; 0 where it has none. */
  get(path: string): number {
    this.#hash.of(path);
    return this.#table[this.#place() + VALUE]!;
  }

  /** Sets the number of a path, from 1 to 2 ** 32 - 1. */
  set(path: string, value: number): void {
    this.#hash.of(path);
    this.#put(value);
  }

  /**
   * Looks at each directory above a path, the highest first: `look` gets its number and returns a new one, or the same, or
   * undefined to stop there.
   *
   * @returns the length of the directory's path at which it stopped; undefined if it did not.
   */
  above(path: string, look: (value: number) => number | undefined): number | undefined {
    this.#hash.begin();
    for (let from = 0;;) {
      const end = path.indexOf("/", from);
      if (end < 0) return undefined;
      this.#hash.add(path, from === 0 ? 0 : from - 1, end);
      this.#hash.end();
      const old = this.#table[this.#place() + VALUE]!;
      const value = look(old);
      if (value === undefined) return end;
      if (value !== old) this.#put(value);
      from = end + 1;
    }
  }

  #put(value: number): void {
    const at = this.#place();
    if (this.#table[at + VALUE] === 0) {
      this.#size += 1;
      this.#table.set(this.#hash.words, at);
    }
    this.#table[at + VALUE] = value;
    if (this.#size * 4 * WORDS > this.#table.length * 3) this.#grow();
  }

  /** Where the path that was hashed last is, or the free place where it belongs. */
  #place(): number {
    return placeOf(this.#table, this.#hash.words, 0);
  }

  #grow(): void {
    const old = this.#table;
    this.#table = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += WORDS) {
      if (old[at + VALUE] === 0) continue;
      this.#table.set(old.subarray(at, at + WORDS), placeOf(this.#table, old, at));
    }
  }
}

function placeOf(table: Uint32Array, words: Uint32Array, from: number): number {
  const places = table.length / WORDS;
  const [a, b, c] = [words[from]!, words[from + 1]!, words[from + 2]!];
  for (let place = a & (places - 1);; place = (place + 1) & (places - 1)) {
    const at = place * WORDS;
    if (table[at + VALUE] === 0) return at;
    if (table[at] === a && table[at + 1] === b && table[at + 2] === c) return at;
  }
}

/** What is hashed after the last character, so that it too goes through enough rounds. */
const LAST = "\uffff".repeat(4);

/**
 * A keyed hash of the characters of a text, made of the rounds of HalfSipHash (https://github.com/veorq/SipHash), of which it
 * returns 96 bits of the state. The hashes are never shown; they only have to differ for different paths.
 */
class PathHash {
  /** The hash, when it has ended. */
  readonly words = new Uint32Array(3);
  readonly #key = crypto.getRandomValues(new Uint32Array(4));
  readonly #state = new Uint32Array(4);
  readonly #before = new Uint32Array(4);

  /** Hashes a whole text. */
  of(text: string): void {
    this.begin();
    this.add(text, 0, text.length);
    this.end();
  }

  begin(): void {
    this.#state.set(this.#key);
  }

  /** Goes on with the characters from `from` to `to`. */
  add(text: string, from: number, to: number): void {
    const state = this.#state;
    let [a, b, c, d] = [state[0]!, state[1]!, state[2]!, state[3]!];
    for (let at = from; at < to; at++) {
      const character = text.charCodeAt(at);
      d ^= character;
      a = (a + b) | 0, b = (b << 5) | (b >>> 27), b ^= a, a = (a << 16) | (a >>> 16);
      c = (c + d) | 0, d = (d << 8) | (d >>> 24), d ^= c;
      a = (a + d) | 0, d = (d << 7) | (d >>> 25), d ^= a;
      c = (c + b) | 0, b = (b << 13) | (b >>> 19), b ^= c, c = (c << 16) | (c >>> 16);
      a ^= character;
    }
    state[0] = a, state[1] = b, state[2] = c, state[3] = d;
  }

  /** Makes {@link words} of what was added so far; more can be added after. */
  end(): void {
    this.#before.set(this.#state);
    this.add(LAST, 0, LAST.length);
    for (let word = 0; word < this.words.length; word++) this.words[word] = this.#state[word]!;
    this.#state.set(this.#before);
  }
}
