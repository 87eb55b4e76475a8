import { KIND, LENGTH, SEPARATOR, SLASH, writeStat } from "./ahead_answers.ts";
import { MAX_NUMBERS, MAX_UNITS, RingWriter } from "./ahead_ring.ts";
import type { Directories } from "./directories.ts";
import { entryOf, type SourceEntry, type Stat } from "./entry.ts";
import type { Look } from "./inspect.ts";
import { type Names, readNames } from "./listing.ts";

const NO_NAMES = { user: (): string => "", group: (): string => "" };

/**
 * Access of the walk that reads ahead. It writes all that it reads, and makes entries of directories only: nothing else decides where
 * a walk goes. What it cannot read is left to the other walk, which then reports it.
 */
export class Scout implements Directories, Look {
  readonly notUtf8 = { report: (): void => {} };
  readonly #answers: Answers;
  #listed = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#answers = new Answers(memory);
  }

  /** Waits until the other walk begins. */
  awaitOrder(): void {
    this.#answers.awaitOrder();
  }

  /** @throws {Error} also if the directory is left to the other walk. */
  // deno-lint-ignore require-yield -- this thread has nothing else to do
  *list(path: string, isWide: boolean): Generator<undefined, Names> {
    if (isWide) throw LEFT;
    const listed = readNames(path, true);
    const number = this.#listed += 1;
    const texts = listed.names.map((name) => listed.directories.has(name) ? name + SLASH : name);
    this.#answers.addListing(number, [path, ...texts].join(SEPARATOR));
    return new ScoutNames(this.#answers, number, listed);
  }

  stat(path: string, names: Names): Stat | undefined {
    if (!(names instanceof ScoutNames) || names.isLeft()) return undefined;
    try {
      return names.stat(path);
    } catch {
      return undefined;
    }
  }

  entry(path: string, stat: Stat): SourceEntry | undefined {
    return stat.isDirectory ? entryOf(path, "directory", stat, NO_NAMES) : undefined;
  }

  [Symbol.dispose](): void {
    this.#answers.end();
  }
}

const LEFT = new Error("the directory may have too many names");

/** Number of consecutive names whose files are left to the walk, so that it need not wait. */
const LEFT_AT_A_TIME = 32;

/** Names in a directory, of which each `lstat` is written. */
class ScoutNames implements Names {
  readonly #answers: Answers;
  readonly #number: number;
  readonly #names: readonly string[];
  readonly #directories: ReadonlySet<string>;
  #next = 0;
  /** Place of the first name for which it is not yet decided whether it is left to the walk. */
  #decided = 0;
  #isLeft = false;

  constructor(
    answers: Answers,
    number: number,
    { names, directories }: ReturnType<typeof readNames>,
  ) {
    this.#answers = answers;
    this.#number = number;
    this.#names = names;
    this.#directories = directories;
  }

  isReady(): boolean {
    return true;
  }

  next(): string | undefined {
    return this.#names[this.#next++];
  }

  isDirectory(): boolean {
    return this.#directories.has(this.#names[this.#next - 1]!);
  }

  /** Whether the `lstat` of the name returned last is left to the other walk. */
  isLeft(): boolean {
    if (this.isDirectory()) return false;
    if (this.#next > this.#decided) {
      this.#decided = this.#next - 1 + LEFT_AT_A_TIME;
      this.#isLeft = this.#answers.shouldLeave();
      if (this.#isLeft) this.#answers.addLeft(this.#number, this.#decided);
    }
    return this.#isLeft;
  }

  stat(path: string): Stat {
    const stat = Deno.lstatSync(path);
    this.#answers.addStat(this.#number, this.#next - 1, stat);
    return stat;
  }

  has(name: string): boolean {
    return this.#names.includes(name);
  }
}

/** Usual size of a batch: what it describes should not be old when the walk reads it. */
const USUAL = { numbers: 128 * LENGTH.STAT, units: 16 * 1024 };

/** Count of numbers of a batch for which the reader waits. */
const AWAITED = 8 * LENGTH.STAT;

/** Answers for the walk, in batches. */
class Answers {
  readonly #ring: RingWriter;
  #numbers: Float64Array | undefined;
  #count = 0;
  #text = "";
  #hasLeft = false;

  constructor(memory: SharedArrayBuffer) {
    this.#ring = new RingWriter(memory);
  }

  awaitOrder(): void {
    this.#ring.awaitOrder();
  }

  /**
   * Whether the next files should be left to the walk, because it waits or soon will. Never those after files that were left: to leave
   * files takes no time, so all would be left before the walk has begun with the first.
   */
  shouldLeave(): boolean {
    return this.#hasLeft = !this.#hasLeft && !this.#ring.isAhead;
  }

  /** Adds a listing, in parts if its text has no room in one batch. */
  addListing(directory: number, text: string): void {
    for (let [from, to] = [0, 0]; from < text.length; from = to) {
      to = from + MAX_UNITS / 2;
      if (isFirstOfPair(text.charCodeAt(to - 1))) to -= 1;
      this.#addPart(directory, text.slice(from, to), to < text.length);
    }
  }

  #addPart(directory: number, text: string, isMore: boolean): void {
    if (this.#text.length + text.length > MAX_UNITS) this.#publish();
    this.#room(LENGTH.LISTING).set([directory, KIND.LISTING, text.length, isMore ? 1 : 0], this.#count);
    this.#text += text;
    this.#added(LENGTH.LISTING);
  }

  addLeft(directory: number, end: number): void {
    this.#room(LENGTH.LEFT).set([directory, KIND.LEFT, end], this.#count);
    this.#added(LENGTH.LEFT);
  }

  addStat(directory: number, name: number, stat: Stat): void {
    writeStat(this.#room(LENGTH.STAT), this.#count, directory, name, stat);
    this.#added(LENGTH.STAT);
  }

  end(): void {
    if (this.#count > 0) this.#publish();
    this.#ring.end();
  }

  #room(count: number): Float64Array {
    if (this.#count + count > MAX_NUMBERS) this.#publish();
    return this.#numbers ??= this.#ring.room();
  }

  #added(count: number): void {
    this.#count += count;
    const isFull = this.#count >= USUAL.numbers || this.#text.length >= USUAL.units;
    if (isFull || (this.#count >= AWAITED && this.#ring.isAwaited)) this.#publish();
  }

  #publish(): void {
    this.#ring.publish(this.#count, this.#text);
    [this.#numbers, this.#count, this.#text] = [undefined, 0, ""];
  }
}

/** Whether a unit of UTF-16 is the first of the two of a code point, which cannot be encoded apart. */
function isFirstOfPair(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}
