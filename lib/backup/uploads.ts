import type { StoreWriter } from "../store/contract.ts";

/** Digest of an object that is uploaded, and callbacks. */
export interface UploadOptions {
  /** SHA-256 of its bytes in hexadecimal: see {@linkcode PutOptions}. */
  readonly sha256?: string;
  /** Called when the store has confirmed it, with the time by the store's clock; undefined if it did not report it. */
  stored?(taken: Date | undefined): void;
  /** Called when its bytes are no longer needed, also after a failure. */
  done?(): void;
}

/**
 * Uploads objects while the next ones are created. At most `limit` uploads run at a time, which limits the
 * memory to `limit` parts. The first failure stops all later uploads.
 */
export class Uploads {
  readonly #writer: StoreWriter;
  readonly #limit: number;
  readonly #signal: AbortSignal;
  readonly #inProgress = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;
  #latest: Date | undefined;

  constructor(writer: StoreWriter, limit: number, signal: AbortSignal) {
    this.#writer = writer;
    this.#limit = limit;
    this.#signal = signal;
  }

  /** Latest time that the store reported, by its own clock. */
  get latest(): Date | undefined {
    return this.#latest;
  }

  /**
   * Resolves as soon as the upload has started.
   *
   * @throws The error of an earlier upload. This one is not started then.
   */
  async put(name: string, bytes: Uint8Array<ArrayBuffer>, options: UploadOptions = {}): Promise<void> {
    try {
      while (this.#inProgress.size >= this.#limit) await Promise.race(this.#inProgress);
      this.#throwFailure();
    } catch (error) {
      options.done?.();
      throw error;
    }
    const task = this.#store(name, bytes, options).finally(() => this.#inProgress.delete(task));
    this.#inProgress.add(task);
  }

  /** Resolves when everything that was put is stored. */
  async settle(): Promise<void> {
    await this.drain();
    this.#throwFailure();
  }

  /** Resolves when no upload is running, also after failures. */
  async drain(): Promise<void> {
    await Promise.all(this.#inProgress);
  }

  /** Waits like {@linkcode Uploads.settle}, but accepts a failure that is not the store's. */
  async recover(isForgiven: (error: unknown) => boolean): Promise<void> {
    await this.drain();
    if (this.#failure !== undefined && isForgiven(this.#failure.error)) this.#failure = undefined;
    this.#throwFailure();
  }

  /** Waits for running uploads. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.drain();
  }

  async #store(name: string, bytes: Uint8Array<ArrayBuffer>, options: UploadOptions): Promise<void> {
    try {
      const taken = await this.#writer.put(name, bytes, { sha256: options.sha256, signal: this.#signal });
      if (taken !== undefined && taken > (this.#latest ?? 0)) this.#latest = taken;
      options.stored?.(taken);
    } catch (error) {
      this.#failure ??= { error };
    } finally {
      options.done?.();
    }
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
    this.#signal.throwIfAborted();
  }
}
