/** Number of words of a slot: the hash, followed by the value. */
const WORDS = 4;

/** Index of the value in a slot. */
const VALUE = 3;

/** Initial number of slots. */
const START = 1024;

/**
 * Map from paths to numbers, with 21 to 43 bytes for each path of any length: it stores 96 bits of a hash.
 * The hash has a random key, so a host cannot choose paths that collide.
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

  /** Number of paths in the map. */
  get size(): number {
    return this.#size;
  }

  /** Returns the number of a path; 0 if it has none. */
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
   * Visits each directory above a path, the highest first. `look` is called with its number and returns a new
   * one, or the same, or undefined to stop there.
   *
   * @returns Length of the path of the directory at which it stopped; undefined if it did not stop.
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

  /** Returns the slot of the path that was hashed last, or the free slot for it. */
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
  const a = words[from]!;
  const b = words[from + 1]!;
  const c = words[from + 2]!;
  for (let place = a & (places - 1);; place = (place + 1) & (places - 1)) {
    const at = place * WORDS;
    if (table[at + VALUE] === 0) return at;
    if (table[at] === a && table[at + 1] === b && table[at + 2] === c) return at;
  }
}

/**
 * Text that is hashed after the last character, so that this character passes through enough rounds as well.
 */
const LAST = "\uffff".repeat(4);

/**
 * Keyed hash of the characters of a text, made of the rounds of HalfSipHash
 * (https://github.com/veorq/SipHash). It returns 96 bits of the state. The hashes are never shown; they only
 * have to differ for different paths.
 */
class PathHash {
  /** Hash, after {@link end}. */
  readonly words = new Uint32Array(3);
  readonly #key = crypto.getRandomValues(new Uint32Array(4));
  readonly #state = new Uint32Array(4);
  readonly #before = new Uint32Array(4);
  /** Text whose hash is in {@link words}; undefined if it may be another one's. */
  #last: string | undefined;

  /** Hashes a whole text. The same one again costs nothing: most paths are looked up, and then set. */
  of(text: string): void {
    if (text === this.#last) return;
    this.begin();
    this.add(text, 0, text.length);
    this.end();
    this.#last = text;
  }

  begin(): void {
    this.#last = undefined;
    this.#state.set(this.#key);
  }

  /** Continues with the characters from `from` to `to`. */
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

  /** Computes {@link words} from all characters so far. More can be added afterwards. */
  end(): void {
    this.#before.set(this.#state);
    this.add(LAST, 0, LAST.length);
    for (let word = 0; word < this.words.length; word++) this.words[word] = this.#state[word]!;
    this.#state.set(this.#before);
  }
}
