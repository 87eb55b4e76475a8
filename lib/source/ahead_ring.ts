/**
 * Memory that two threads share: batches of numbers and text, from one writer to one reader, in order. Both wait without
 * the event loop, because neither side of a walk can await anything.
 *
 * @module
 */

/** Number of batches in memory. */
const SLOTS = 16;

/** Maximum count of numbers of a batch. */
export const MAX_NUMBERS = 4096;

/** Maximum number of UTF-16 units of the text of a batch. */
export const MAX_UNITS = 64 * 1024;

/** Maximum number of bytes of a UTF-16 unit in UTF-8. */
const UNIT_BYTES = 3;

const NUMBERS_BYTES = MAX_NUMBERS * Float64Array.BYTES_PER_ELEMENT;
const SLOT_BYTES = NUMBERS_BYTES + MAX_UNITS * UNIT_BYTES;

/** States of a slot. The reader frees the slot that it has read, the writer fills the next one. */
const [EMPTY, FULL, READ, ENDED] = [0, 1, 2, 3];

/** Milliseconds for which a side waits at a time: the reader must pause, and Deno cannot end a thread that waits. */
const WAIT_MS = 50;

// Places of the head: whether the reader wants the first batch, whether the writer has begun, whether the reader waits, whether it
// needs no more, then three numbers for each slot.
const [ORDERED, BEGUN, WAITING, STOPPED, FIRST_SLOT] = [0, 1, 2, 3, 4];
const [STATE, COUNT, LENGTH, PER_SLOT] = [0, 1, 2, 3];
const HEAD_BYTES = 256;

/** Returns the memory of a ring. Only pages that were used once take real memory. */
export function ringMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEAD_BYTES + SLOTS * SLOT_BYTES);
}

/** Shared memory as both sides see it. */
class Ring {
  readonly head: Int32Array;
  readonly #memory: SharedArrayBuffer;

  constructor(memory: SharedArrayBuffer) {
    this.head = new Int32Array(memory, 0, HEAD_BYTES / Int32Array.BYTES_PER_ELEMENT);
    this.#memory = memory;
  }

  /** Returns the place of a slot's numbers in the head. */
  place(slot: number): number {
    return FIRST_SLOT + (slot % SLOTS) * PER_SLOT;
  }

  numbers(slot: number): Float64Array {
    return new Float64Array(this.#memory, HEAD_BYTES + (slot % SLOTS) * SLOT_BYTES, MAX_NUMBERS);
  }

  text(slot: number): Uint8Array {
    const at = HEAD_BYTES + (slot % SLOTS) * SLOT_BYTES + NUMBERS_BYTES;
    return new Uint8Array(this.#memory, at, MAX_UNITS * UNIT_BYTES);
  }
}

/** Writing side of the ring. */
export class RingWriter {
  readonly #ring: Ring;
  readonly #encoder = new TextEncoder();
  #slot = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#ring = new Ring(memory);
  }

  /** Whether the reader waits for the next batch. */
  get isAwaited(): boolean {
    return Atomics.load(this.#ring.head, WAITING) === 1;
  }

  /** Whether the reader has at least two batches that it has not begun with. */
  get isAhead(): boolean {
    const { head } = this.#ring;
    return this.#slot >= 2 && Atomics.load(head, this.#ring.place(this.#slot - 2) + STATE) === FULL;
  }

  /**
   * Waits until the reader wants the first batch.
   *
   * @throws {Error} if the reader needs none.
   */
  awaitOrder(): void {
    this.#awaitChange(ORDERED, 0);
    Atomics.store(this.#ring.head, BEGUN, 1);
  }

  /**
   * Returns the numbers of the next batch. Waits until the reader has freed their slot.
   *
   * @throws {Error} if the reader needs no more.
   */
  room(): Float64Array {
    const state = this.#ring.place(this.#slot) + STATE;
    for (const used of [FULL, READ]) this.#awaitChange(state, used);
    return this.#ring.numbers(this.#slot);
  }

  #awaitChange(place: number, from: number): void {
    const { head } = this.#ring;
    do {
      if (this.#isStopped) throw new Error("the walk has ended");
    } while (Atomics.wait(head, place, from, WAIT_MS) === "timed-out");
  }

  get #isStopped(): boolean {
    return Atomics.load(this.#ring.head, STOPPED) === 1;
  }

  /** Gives the batch to the reader. */
  publish(count: number, text: string): void {
    const bytes = this.#encoder.encode(text); // it cannot be encoded directly into shared memory
    this.#ring.text(this.#slot).set(bytes);
    const place = this.#ring.place(this.#slot);
    this.#ring.head[place + COUNT] = count;
    this.#ring.head[place + LENGTH] = bytes.length;
    Atomics.store(this.#ring.head, WAITING, 0);
    this.#set(FULL);
  }

  /** Tells the reader that there are no more batches. */
  end(): void {
    if (this.#isStopped) return;
    this.room();
    this.#set(ENDED);
  }

  #set(state: number): void {
    const { head } = this.#ring;
    const place = this.#ring.place(this.#slot) + STATE;
    Atomics.store(head, place, state);
    Atomics.notify(head, place);
    this.#slot += 1;
  }
}

/** Milliseconds within which the writer begins after it is wanted, even on a busy machine. */
const START_MS = 60_000;

/** Batch of the ring. Its numbers are shared: they are valid until the next one is wanted. */
export interface Batch {
  readonly numbers: Float64Array;
  readonly count: number;
  readonly text: string;
}

/** Reading side of the ring. */
export class RingReader {
  readonly #ring: Ring;
  readonly #decoder = new TextDecoder();
  #ordered: number | undefined;
  #slot = -1;
  #isEnded = false;

  constructor(memory: SharedArrayBuffer) {
    this.#ring = new Ring(memory);
  }

  /** Whether there are no more batches. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Ends the ring, whatever its writer does. */
  stop(): void {
    this.#isEnded = true;
    Atomics.store(this.#ring.head, STOPPED, 1);
  }

  /** Frees the current batch, and returns the next one; undefined if it is not there after a while, or if there are no more. */
  next(): Batch | undefined {
    if (this.#isEnded) return undefined;
    const { head } = this.#ring;
    if (this.#ordered === undefined) this.#order();
    this.#free();
    const place = this.#ring.place(this.#slot + 1);
    if (Atomics.load(head, place + STATE) === EMPTY) this.#wait(place + STATE);
    const state = Atomics.load(head, place + STATE);
    if (state === ENDED) this.#isEnded = true;
    if (state !== FULL) return undefined;
    Atomics.store(head, place + STATE, READ);
    this.#slot += 1;
    const text = this.#decoder.decode(this.#ring.text(this.#slot).slice(0, head[place + LENGTH]!));
    return { numbers: this.#ring.numbers(this.#slot), count: head[place + COUNT]!, text };
  }

  #order(): void {
    this.#ordered = performance.now();
    Atomics.store(this.#ring.head, ORDERED, 1);
    Atomics.notify(this.#ring.head, ORDERED);
  }

  #free(): void {
    if (this.#slot < 0) return;
    const { head } = this.#ring;
    const place = this.#ring.place(this.#slot) + STATE;
    if (Atomics.compareExchange(head, place, READ, EMPTY) === READ) Atomics.notify(head, place);
  }

  #wait(place: number): void {
    const { head } = this.#ring;
    Atomics.store(head, WAITING, 1);
    Atomics.wait(head, place, EMPTY, WAIT_MS);
    Atomics.store(head, WAITING, 0);
    const isLate = Atomics.load(head, BEGUN) === 0 && performance.now() - this.#ordered! > START_MS;
    if (isLate) this.stop();
  }
}
