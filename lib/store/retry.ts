/**
 * Retries by hand: those of the SDK have no deadline, and directories need retries too.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import {
  type ListOptions,
  type StoredObject,
  StoreError,
  type StoreReader,
  type StoreWriter,
} from "./contract.ts";

/** How patient to be. The defaults wait between attempts for a minute in the mean, and for two at most. */
export interface RetryOptions {
  /** How often to try in all; 10. */
  readonly attempts?: number | undefined;
  /**
   * No attempt begins later than so many milliseconds after the first; half an hour. Attempts that hang take long
   * themselves, and ten of them could take a night.
   */
  readonly deadline?: number | undefined;
  /** Called for each failure that is not the last: what it was, and the milliseconds until the next attempt. */
  readonly report?: ((error: StoreError, wait: number) => void) | undefined;
  /** From 0 to 1; `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** The clock, in milliseconds since whenever; `performance.now`. */
  readonly now?: (() => number) | undefined;
  /** Waits for milliseconds, or rejects when the signal is aborted. */
  readonly sleep?: ((milliseconds: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
}

const ATTEMPTS = 10;
const DEADLINE = 30 * 60_000;

/** The first wait and the longest, in milliseconds. */
const BASE = 500;
const CAP = 30_000;

/** A writer that tries again what may pass. */
export function retryingWriter(writer: StoreWriter, options: RetryOptions = {}): StoreWriter {
  return {
    place: writer.place,
    identity: writer.identity,
    put(name, bytes, { signal } = {}): Promise<Date | undefined> {
      return retry(options, signal, async (failures) => {
        try {
          return await writer.put(name, bytes, { signal });
        } catch (error) {
          // An attempt whose answer was lost may have stored it. The name carries the SHA-256 of the bytes, so
          // what has the name is what was to be stored; when it was taken is lost with the answer. Without such an
          // attempt the object is another run's.
          if (failures > 0 && error instanceof StoreError && error.kind === "exists") return undefined;
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
    expiry: (expiryOptions = {}) => retry(options, expiryOptions.signal, () => reader.expiry(expiryOptions)),
    close: () => reader.close(),
  };
}

async function* retryingList(
  reader: StoreReader,
  options: RetryOptions,
  prefix: string,
  { after, passedOver, signal }: ListOptions,
): AsyncGenerator<StoredObject> {
  let last = after;
  let trouble = noTrouble(options);
  while (true) {
    try {
      for await (const object of reader.list(prefix, { after: last, passedOver, signal })) {
        trouble = noTrouble(options);
        last = object.name;
        yield object;
      }
      return;
    } catch (error) {
      trouble.failures += 1;
      await pause(error, trouble, options, signal);
    }
  }
}

/** Calls `attempt` with the number of failures so far until it succeeds or there is no sense in going on. */
export async function retry<T>(
  options: RetryOptions,
  signal: AbortSignal | undefined,
  attempt: (failures: number) => Promise<T>,
): Promise<T> {
  const trouble = noTrouble(options);
  while (true) {
    try {
      return await attempt(trouble.failures);
    } catch (error) {
      trouble.failures += 1;
      await pause(error, trouble, options, signal);
    }
  }
}

/** Errors since the last success, or since the beginning. */
interface Trouble {
  failures: number;
  readonly since: number;
}

function noTrouble({ now = () => performance.now() }: RetryOptions): Trouble {
  return { failures: 0, since: now() };
}

/** Waits before the next attempt, or throws `error` where there is to be none. */
async function pause(
  error: unknown,
  { failures, since }: Trouble,
  options: RetryOptions,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { attempts = ATTEMPTS, deadline = DEADLINE, now = () => performance.now(), report } = options;
  const { random = Math.random, sleep = sleepUnlessAborted } = options;
  if (!(error instanceof StoreError) || !error.passing || failures >= attempts) throw error;
  // "Full jitter": hosts that failed together do not come back together.
  const wait = random() * Math.min(CAP, BASE * 2 ** (failures - 1));
  if (now() + wait - since > deadline) throw error;
  report?.(error, wait);
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
