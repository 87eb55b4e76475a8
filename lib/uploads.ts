import { release } from "./model/release.ts";
import type { StoreWriter } from "./store/contract.ts";

/** Told when the store took an object, by its own clock; of undefined where it did not say. */
type Stored = (taken: Date | undefined) => void;

/**
 * Puts objects beside the making of the next ones. At most `limit` are under way, so that memory is bounded by
 * `limit` parts; the first failure stops everything that follows.
 */
export class Uploads {
  readonly #writer: StoreWriter;
  readonly #limit: number;
  readonly #signal: AbortSignal;
  readonly #underWay = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;
  #latest: Date | undefined;
  /** Objects and bytes that the store has confirmed. */
  objects = 0;
  bytes = 0;

  constructor(writer: StoreWriter, limit: number, signal: AbortSignal) {
    this.#writer = writer;
    this.#limit = limit;
    this.#signal = signal;
  }

  /** The latest time that the store told, by its own clock. */
  get latest(): Date | undefined {
    return this.#latest;
  }

  /**
   * Resolves as soon as the object is on its way; throws what an earlier one failed with.
   *
   * @param stored called when the store has confirmed it, with the time at which it took it, where it told.
   */
  async put(name: string, bytes: Uint8Array<ArrayBuffer>, stored: Stored = () => {}): Promise<void> {
    while (this.#underWay.size >= this.#limit) await Promise.race(this.#underWay);
    this.#throwFailure();
    const task = this.#store(name, bytes, stored).finally(() => this.#underWay.delete(task));
    this.#underWay.add(task);
  }

  /** Resolves when everything that was put is stored. */
  async settle(): Promise<void> {
    await this.drain();
    this.#throwFailure();
  }

  /** Resolves when nothing is under way any more, whatever came of it. */
  async drain(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Ends like {@link settle}, but goes on after `error`, which was not the store's. */
  async recover(error: unknown): Promise<void> {
    await this.drain();
    if (this.#failure?.error === error) this.#failure = undefined;
    this.#throwFailure();
  }

  /** Waits for what is under way. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.drain();
  }

  async #store(name: string, bytes: Uint8Array<ArrayBuffer>, stored: Stored): Promise<void> {
    try {
      const taken = await this.#writer.put(name, bytes, { signal: this.#signal });
      if (taken !== undefined && taken > (this.#latest ?? 0)) this.#latest = taken;
      this.objects += 1;
      this.bytes += bytes.length;
      stored(taken);
      release(bytes);
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
    this.#signal.throwIfAborted();
  }
}
