import {
  type Abortable,
  type GetOptions,
  type ListOptions,
  type StoredObject,
  StoreError,
  type StoreReader,
} from "./contract.ts";
import { retry, retryingReader, type RetryOptions } from "./retry.ts";

/** Retries of one object while the store returns others. */
const OBJECT_PATIENCE = { attempts: 10, deadline: 120_000 } as const;

/**
 * Number of objects that a store may refuse before it has returned one. After that, the credentials or the
 * store are at fault.
 */
const MAX_REFUSED = 10;

/** Maximum number of names of abandoned objects that are remembered. */
const MAX_GIVEN_UP = 10_000;

/**
 * Returns a reader that retries temporary errors, and determines the scope of an error of `get`: one object,
 * so that others may be readable, or the whole store. To find out, it asks for an object that the store
 * returned before.
 */
export function isolatingReader(reader: StoreReader, options: RetryOptions = {}): StoreReader {
  return new IsolatingReader(reader, options);
}

/** Object that the store returned before. */
interface Witness {
  readonly name: string;
  readonly size: number;
}

class IsolatingReader implements StoreReader {
  readonly place: string;
  readonly #reader: StoreReader;
  readonly #patient: StoreReader;
  readonly #options: RetryOptions;
  readonly #givenUp = new Set<string>();
  /** Smallest object that was read. */
  #witness: Witness | undefined;
  #refused = 0;

  constructor(reader: StoreReader, options: RetryOptions) {
    this.place = reader.place;
    this.#reader = reader;
    this.#patient = retryingReader(reader, options);
    this.#options = options;
  }

  list(prefix: string, options?: ListOptions): AsyncIterable<StoredObject> {
    return this.#patient.list(prefix, options);
  }

  directories(options?: Abortable): AsyncIterable<string> {
    return this.#patient.directories(options);
  }

  async get(name: string, options: GetOptions): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return await this.#try(name, options, this.#givenUp.has(name) ? { attempts: 1 } : OBJECT_PATIENCE);
    } catch (error) {
      if (!isDoubtful(error)) throw error;
      if (!await this.#givesOthers(name, error, options)) return await this.#awaitStore(name, options, error);
      return await this.#tryLast(name, options, error);
    }
  }

  expiry(options?: Abortable): Promise<number> {
    return this.#patient.expiry(options);
  }

  close(): void {
    this.#reader.close();
  }

  async #try(name: string, options: GetOptions, patience: RetryOptions): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await retry(
      shorter(this.#options, patience),
      options.signal,
      () => this.#reader.get(name, options),
    );
    const size = bytes.length;
    if (this.#witness === undefined || size < this.#witness.size) this.#witness = { name, size };
    return bytes;
  }

  /** Waits until the store answers again, as long as the retry options allow. */
  async #awaitStore(
    name: string,
    options: GetOptions,
    error: StoreError,
  ): Promise<Uint8Array<ArrayBuffer>> {
    if (!error.passing) throw error.with({ scope: "store" });
    try {
      return await this.#try(name, options, {});
    } catch (last) {
      throw last instanceof StoreError && last.passing ? last.with({ scope: "store" }) : last;
    }
  }

  /** Tries once more: the store may have recovered just before it was asked for another object. */
  async #tryLast(name: string, options: GetOptions, error: StoreError): Promise<Uint8Array<ArrayBuffer>> {
    if (!error.passing) throw error.with({ scope: "object" });
    try {
      return await this.#try(name, options, { attempts: 1 });
    } catch (last) {
      if (!isDoubtful(last)) throw last;
      if (this.#givenUp.size < MAX_GIVEN_UP) this.#givenUp.add(name);
      throw last.with({ scope: "object" });
    }
  }

  async #givesOthers(name: string, error: StoreError, { signal }: GetOptions): Promise<boolean> {
    const witness = this.#witness;
    if (witness === undefined || witness.name === name) return await this.#mayGiveOthers(name, error, signal);
    return await succeeds(
      () => this.#reader.get(witness.name, { maxBytes: witness.size, signal }),
      signal,
    );
  }

  /**
   * Whether a store that has returned nothing yet may return other objects. An answer about one object says
   * nothing about others.
   */
  async #mayGiveOthers(name: string, error: StoreError, signal: AbortSignal | undefined): Promise<boolean> {
    if (error.kind === "failed") return true;
    this.#refused += 1;
    if (this.#refused > MAX_REFUSED) return false;
    return !error.passing || await succeeds(() => this.#canList(name, signal), signal);
  }

  async #canList(name: string, signal: AbortSignal | undefined): Promise<void> {
    const host = name.slice(0, name.indexOf("/") + 1);
    for await (const _ of this.#reader.list(host, { signal, passedOver: () => {} })) return;
  }
}

function shorter(options: RetryOptions, { attempts, deadline }: RetryOptions): RetryOptions {
  return {
    ...options,
    attempts: attempts === undefined ? options.attempts : Math.min(attempts, options.attempts ?? Infinity),
    deadline: deadline === undefined ? options.deadline : Math.min(deadline, options.deadline ?? Infinity),
  };
}

/** Whether the scope of an error is unknown. */
function isDoubtful(error: unknown): error is StoreError {
  return error instanceof StoreError && (error.passing || ["denied", "failed"].includes(error.kind));
}

/** Whether the store answers. The answer that an object has changed counts, too. */
async function succeeds(action: () => Promise<unknown>, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof StoreError) return ["missing", "oversized"].includes(error.kind);
    throw error;
  }
}
