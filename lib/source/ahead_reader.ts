import { KIND, LENGTH, readStat, SEPARATOR, SLASH } from "./ahead_answers.ts";
import { type Batch, RingReader } from "./ahead_ring.ts";
import { type Directories, DirectoriesNow } from "./directories.ts";
import type { Stat } from "./entry.ts";
import type { Names } from "./listing.ts";

/**
 * Access of a walk to what a {@link Scout} reads ahead of it. The answers come in the order in which the walk asks. Whatever is not
 * the next answer is read here: what the other side left, could not read, or does not know.
 */
export class DirectoriesAhead implements Directories {
  readonly #answers: Answers;
  readonly #now: Directories;
  readonly #stop: () => void;

  /**
   * Creates the access.
   *
   * @param memory Memory of the ring that the other thread fills.
   * @param typed Whether {@linkcode Names.isDirectory} will be called.
   * @param stop Ends the other thread.
   */
  constructor(memory: SharedArrayBuffer, typed: boolean, stop: () => void) {
    this.#answers = new Answers(memory);
    this.#now = new DirectoriesNow(typed);
    this.#stop = stop;
  }

  /** Continues without the other thread, because it has failed. */
  abandon(): void {
    this.#answers.stop();
  }

  *list(path: string, isWide: boolean): Generator<undefined, Names> {
    while (!isWide && !this.#answers.isReady()) yield undefined;
    const names = isWide ? undefined : yield* this.#answers.listing(path);
    return names ?? (yield* this.#now.list(path, isWide));
  }

  [Symbol.dispose](): void {
    this.#answers.stop();
    this.#stop();
    this.#now[Symbol.dispose]();
  }
}

/** Answers in the order in which they were written. */
class Answers {
  readonly #ring: RingReader;
  #batch: Batch | undefined;
  /** Places in the numbers and in the text of the batch. */
  #at = 0;
  #textAt = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#ring = new RingReader(memory);
  }

  stop(): void {
    this.#ring.stop();
  }

  /** Whether the next answer is there, or there are no more. If not, waits for it, but not longer than a turn may take. */
  isReady(): boolean {
    if (this.#batch !== undefined && this.#at < this.#batch.count) return true;
    this.#batch = this.#ring.next();
    [this.#at, this.#textAt] = [0, 0];
    return this.#batch !== undefined || this.#ring.isEnded;
  }

  /** Takes the next answers if they are the listing of a directory. Yields as long as the rest of it is not there. */
  *listing(path: string): Generator<undefined, Names | undefined> {
    const first = this.#part();
    if (first !== path && !first?.startsWith(path + SEPARATOR)) return undefined;
    let text = "";
    for (;;) {
      while (!this.isReady()) yield undefined;
      const part = this.#part();
      if (part === undefined) return undefined; // the other thread has failed
      const { numbers } = this.#batch!;
      const at = this.#at;
      [this.#at, this.#textAt] = [at + LENGTH.LISTING, this.#textAt + part.length];
      text += part;
      if (numbers[at + 3] === 0) return new NamesAhead(this, numbers[at]!, text.split(SEPARATOR).slice(1));
    }
  }

  /** Returns the text of the next answer; undefined if it is not part of a listing. */
  #part(): string | undefined {
    if (this.#batch === undefined || this.#at === this.#batch.count) return undefined;
    const { numbers, text } = this.#batch;
    if (numbers[this.#at + 1] !== KIND.LISTING) return undefined;
    return text.slice(this.#textAt, this.#textAt + numbers[this.#at + 2]!);
  }

  /** Takes the next answer if it is the `lstat` of a name, by the numbers of its directory and of itself. */
  stat(directory: number, name: number): Stat | undefined {
    if (this.#batch === undefined || this.#at === this.#batch.count) return undefined;
    const { numbers } = this.#batch;
    if (numbers[this.#at] !== directory || numbers[this.#at + 1] !== name) return undefined;
    const stat = readStat(numbers, this.#at);
    this.#at += LENGTH.STAT;
    return stat;
  }

  /** Takes the next answer if it leaves files of a directory to the walk. Returns the place of the first name after them, else 0. */
  left(directory: number): number {
    if (this.#batch === undefined || this.#at === this.#batch.count) return 0;
    const { numbers } = this.#batch;
    if (numbers[this.#at] !== directory || numbers[this.#at + 1] !== KIND.LEFT) return 0;
    const end = numbers[this.#at + 2]!;
    this.#at += LENGTH.LEFT;
    return end;
  }
}

/** Names that were read ahead. That of a directory ends with a slash. */
class NamesAhead implements Names {
  readonly #answers: Answers;
  readonly #number: number;
  readonly #names: readonly string[];
  #at = 0;
  /** Place of the first name after those whose files are left to this walk. */
  #leftEnd = 0;

  constructor(answers: Answers, number: number, names: readonly string[]) {
    this.#answers = answers;
    this.#number = number;
    this.#names = names;
  }

  isReady(): boolean {
    const next = this.#names[this.#at];
    return next === undefined || (this.#at < this.#leftEnd && !next.endsWith(SLASH)) ||
      this.#answers.isReady();
  }

  next(): string | undefined {
    const name = this.#names[this.#at++];
    return name?.endsWith(SLASH) ? name.slice(0, -1) : name;
  }

  isDirectory(): boolean {
    return this.#names[this.#at - 1]?.endsWith(SLASH) ?? false;
  }

  stat(path: string): Stat {
    if (this.#at > this.#leftEnd) this.#leftEnd = this.#answers.left(this.#number);
    return this.#answers.stat(this.#number, this.#at - 1) ?? Deno.lstatSync(path);
  }

  has(name: string): boolean {
    return this.#names.includes(name) || this.#names.includes(name + SLASH);
  }
}
