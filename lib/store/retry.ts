import { setTimeout as delay } from "node:timers/promises";
import {
  type Abortable,
  type StoredObject,
  StoreError,
  type StoreReader,
  type StoreWriter,
} from "./contract.ts";

/** How patient to be. The defaults wait for a minute in the mean, and for two at most. */
export interface RetryOptions {
  /** How often to try in all; 10. */
  readonly attempts?: number | undefined;
  /** Told of each failure that is not the last: what it was, and the milliseconds until the next attempt. */
  readonly tell?: ((error: StoreError, wait: number) => void) | undefined;
  /** From 0 to 1; `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Waits for milliseconds, or rejects when the signal is aborted. */
  readonly sleep?: ((milliseconds: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
}

const ATTEMPTS = 10;

/** The first wait and the longest, in milliseconds. */
const BASE = 500;
const CAP = 30_000;

/** A writer that tries again what may pass. */
export function retryingWriter(writer: StoreWriter, options: RetryOptions = {}): StoreWriter {
  return {
    place: writer.place,
    put(name, bytes, { signal } = {}): Promise<void> {
      return retry(options, signal, async (failures) => {
        try {
          await writer.put(name, bytes, { signal });
        } catch (error) {
          // An attempt whose answer was lost may have stored it. The name carries the SHA-256 of the bytes, so
          // what has the name is what was to be stored. Without such an attempt the object is another run's.
          if (failures > 0 && error instanceof StoreError && error.kind === "exists") return;
          throw error;
        }
      });
    },
    close: () => writer.close(),
  };
}

/** A reader that tries again what may pass. A list goes on behind the last object that it gave. */
export function retryingReader(reader: StoreReader, options: RetryOptions = {}): StoreReader {
  return {
    place: reader.place,
    list: (prefix, listOptions = {}) => retryingList(reader, options, prefix, listOptions),
    get: (name, getOptions) => retry(options, getOptions.signal, () => reader.get(name, getOptions)),
    close: () => reader.close(),
  };
}

async function* retryingList(
  reader: StoreReader,
  options: RetryOptions,
  prefix: string,
  { after, signal }: { readonly after?: string | undefined } & Abortable,
): AsyncGenerator<StoredObject> {
  let last = after;
  let failures = 0;
  while (true) {
    try {
      for await (const object of reader.list(prefix, { after: last, signal })) {
        failures = 0;
        last = object.name;
        yield object;
      }
      return;
    } catch (error) {
      failures += 1;
      await pause(error, failures, options, signal);
    }
  }
}

/** Calls `attempt` with the number of failures so far until it succeeds or there is no sense in going on. */
async function retry<T>(
  options: RetryOptions,
  signal: AbortSignal | undefined,
  attempt: (failures: number) => Promise<T>,
): Promise<T> {
  for (let failures = 0;;) {
    try {
      return await attempt(failures);
    } catch (error) {
      failures += 1;
      await pause(error, failures, options, signal);
    }
  }
}

/** Waits before the next attempt, or throws `error` where there is to be none. */
async function pause(
  error: unknown,
  failures: number,
  { attempts = ATTEMPTS, tell, random = Math.random, sleep = sleepUnlessAborted }: RetryOptions,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!(error instanceof StoreError) || !error.passing || failures >= attempts) throw error;
  // "Full jitter": hosts that failed together do not come back together.
  const wait = random() * Math.min(CAP, BASE * 2 ** (failures - 1));
  tell?.(error, wait);
  await sleep(wait, signal);
}

async function sleepUnlessAborted(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(milliseconds, undefined, signal && { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
