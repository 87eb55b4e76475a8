import { release } from "./model/release.ts";
import type { StoreWriter } from "./store/contract.ts";

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
  /** Objects and bytes that the store has confirmed. */
  objects = 0;
  bytes = 0;

  constructor(writer: StoreWriter, limit: number, signal: AbortSignal) {
    this.#writer = writer;
    this.#limit = limit;
    this.#signal = signal;
  }

  /** Resolves as soon as the object is on its way; throws what an earlier one failed with. */
  async put(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    while (this.#underWay.size >= this.#limit) await Promise.race(this.#underWay);
    this.#throwFailure();
    const task = this.#store(name, bytes).finally(() => this.#underWay.delete(task));
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

  async #store(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      await this.#writer.put(name, bytes, { signal: this.#signal });
      this.objects += 1;
      this.bytes += bytes.length;
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
