import { sha256 } from "../model/digest.ts";
import { compareUtf8 } from "../model/utf8_order.ts";
import {
  type GetOptions,
  type ListOptions,
  type StoredObject,
  StoreError,
  type StoreReader,
} from "./contract.ts";

/** Called once for each reader that is used in the place of the first, with the reason. */
export type OnFallback = (text: string) => void;

/**
 * Returns a reader that takes what the first reader lacks from others, object by object: an object that is missing, cannot be
 * read, or does not have the SHA-256 in its name.
 *
 * @param digestOf Returns the SHA-256 that an object must have; undefined if its name does not say.
 */
export function fallbackReader(
  first: StoreReader,
  others: readonly StoreReader[],
  digestOf: (name: string) => string | undefined,
  onFallback: OnFallback,
): StoreReader {
  const said = new Set<string>();
  const say = (text: string): void => {
    if (said.has(text)) return;
    said.add(text);
    onFallback(text);
  };
  return {
    place: first.place,
    list: (prefix, options = {}) => merged([first, ...others], prefix, options, say),
    async get(name, options): Promise<Uint8Array<ArrayBuffer>> {
      const attempt = await tried(first, name, options, digestOf(name));
      if ("good" in attempt) return attempt.good;
      for (const other of others) {
        const second = await tried(other, name, options, digestOf(name));
        if (!("good" in second)) continue;
        say(`Objects that ${first.place} lacks or has damaged are taken from ${other.place}`);
        return second.good;
      }
      if (attempt.bytes !== undefined) return attempt.bytes;
      throw attempt.error;
    },
    directories: (options) => first.directories(options),
    expiry: (options) => first.expiry(options),
    close(): void {
      for (const it of [first, ...others]) it.close();
    },
  };
}

type Attempt =
  | { readonly good: Uint8Array<ArrayBuffer> }
  | { readonly bytes: Uint8Array<ArrayBuffer>; readonly error?: undefined }
  | { readonly bytes?: undefined; readonly error: StoreError };

async function tried(
  reader: StoreReader,
  name: string,
  options: GetOptions,
  digest: string | undefined,
): Promise<Attempt> {
  try {
    const bytes = await reader.get(name, options);
    return digest === undefined || sha256(bytes) === digest ? { good: bytes } : { bytes };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof StoreError) return { error };
    throw error;
  }
}

/** Yields the objects of all readers in order, each once: as the first reader that has it lists it. */
async function* merged(
  readers: readonly StoreReader[],
  prefix: string,
  options: ListOptions,
  say: (text: string) => void,
): AsyncGenerator<StoredObject> {
  const heads = await Promise.all(readers.map((it) => Head.of(it, prefix, options, say)));
  const errors = heads.map(({ error }) => error);
  if (errors.every((it) => it !== undefined)) throw errors[0]!;
  for (;;) {
    const present = heads.filter(({ value }) => value !== undefined);
    const [next] = present.toSorted((a, b) => compareUtf8(a.value!.name, b.value!.name));
    if (next === undefined) return;
    const { value } = next;
    yield value!;
    for (const head of present) if (head.value!.name === value!.name) await head.take();
  }
}

/** Next object of a reader. A reader that fails has no further objects. */
class Head {
  value: StoredObject | undefined;
  error: StoreError | undefined;
  readonly #place: string;
  readonly #objects: AsyncIterator<StoredObject>;
  readonly #options: ListOptions;
  readonly #say: (text: string) => void;

  private constructor(
    place: string,
    objects: AsyncIterator<StoredObject>,
    options: ListOptions,
    say: (text: string) => void,
  ) {
    this.#place = place;
    this.#objects = objects;
    this.#options = options;
    this.#say = say;
  }

  static async of(
    reader: StoreReader,
    prefix: string,
    options: ListOptions,
    say: (text: string) => void,
  ): Promise<Head> {
    const objects = reader.list(prefix, options)[Symbol.asyncIterator]();
    const head = new Head(reader.place, objects, options, say);
    await head.take();
    return head;
  }

  async take(): Promise<void> {
    try {
      const next = await this.#objects.next();
      this.value = next.done === true ? undefined : next.value;
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      if (!(error instanceof StoreError)) throw error;
      this.value = undefined;
      this.error = error;
      this.#say(`Cannot list ${this.#place}, so its copies are read: ${error.message}`);
    }
  }
}
