import type { StoreWriter } from "../store/contract.ts";

/** Who wants to know what becomes of an object. */
export interface Waiting {
  /** Told when the store has confirmed it, with the time at which it took it by its own clock, where it told. */
  stored?(taken: Date | undefined): void;
  /** Told when its bytes are no longer needed, whatever came of them. */
  done?(): void;
}

/**
 * Puts objects beside the making of the next ones. At most `limit` are under way, so that memory is bounded by
 * `limit` parts; the first failure stops everything that follows.
 */
export class Uploads {
  readonly #writer: StoreWriter;
  readonly #limit: number;
  readonly #signal: AbortSignal;
  readonly #inProgress = new Set<Promise<void>>();
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
   * Resolves as soon as the object is on its way; throws what an earlier one failed with, and then it is not.
   */
  async put(name: string, bytes: Uint8Array<ArrayBuffer>, waiting: Waiting = {}): Promise<void> {
    try {
      while (this.#inProgress.size >= this.#limit) await Promise.race(this.#inProgress);
      this.#throwFailure();
    } catch (error) {
      waiting.done?.();
      throw error;
    }
    const task = this.#store(name, bytes, waiting).finally(() => this.#inProgress.delete(task));
    this.#inProgress.add(task);
  }

  /** Resolves when everything that was put is stored. */
  async settle(): Promise<void> {
    await this.drain();
    this.#throwFailure();
  }

  /** Resolves when nothing is under way any more, whatever came of it. */
  async drain(): Promise<void> {
    await Promise.all(this.#inProgress);
  }

  /** Ends like {@link settle}, but goes on after a failure that was not the store's. */
  async recover(isForgiven: (error: unknown) => boolean): Promise<void> {
    await this.drain();
    if (this.#failure !== undefined && isForgiven(this.#failure.error)) this.#failure = undefined;
    this.#throwFailure();
  }

  /** Waits for what is under way. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.drain();
  }

  async #store(name: string, bytes: Uint8Array<ArrayBuffer>, waiting: Waiting): Promise<void> {
    try {
      const taken = await this.#writer.put(name, bytes, { signal: this.#signal });
      if (taken !== undefined && taken > (this.#latest ?? 0)) this.#latest = taken;
      this.objects += 1;
      this.bytes += bytes.length;
      waiting.stored?.(taken);
    } catch (error) {
      this.#failure ??= { error };
    } finally {
      waiting.done?.();
    }
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
    this.#signal.throwIfAborted();
  }
}
