/**
 * Retries by hand: those of the SDK have no deadline, and directories need retries too.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import {
  type Abortable,
  type ListOptions,
  type StoredObject,
  StoreError,
  type StoreReader,
  type StoreRemover,
  type StoreWriter,
} from "./contract.ts";

/**
 * Limits of retries. With the defaults, the waits between attempts take a minute on average, and two minutes
 * at most.
 */
export interface RetryOptions {
  /** Maximum number of attempts, the first included. Default: 10. */
  readonly attempts?: number | undefined;
  /**
   * Milliseconds after the first attempt, after which no attempt begins. Default: half an hour. Attempts that
   * hang take long themselves: ten of them could take a night.
   */
  readonly deadline?: number | undefined;
  /** Called for each failure except the last, with the error and what was tried so far. */
  readonly report?: ((error: StoreError, tried: Tried) => void) | undefined;
  /** Returns a random number from 0 to 1. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Returns milliseconds since an arbitrary time. Default: `performance.now`. */
  readonly now?: (() => number) | undefined;
  /** Waits for the given milliseconds; rejects when the signal is aborted. */
  readonly sleep?: ((milliseconds: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
}

/** Failed attempts of one request, before the next one. */
export interface Tried {
  /** Number of attempts that failed. */
  readonly failures: number;
  /** Milliseconds since the first of them began. */
  readonly elapsed: number;
  /** Milliseconds until the next attempt. */
  readonly wait: number;
}

const ATTEMPTS = 10;
const DEADLINE = 30 * 60_000;

/** First wait in milliseconds. */
const BASE = 500;

/** Longest wait in milliseconds. */
const CAP = 30_000;

/** Returns a writer that retries temporary errors. */
export function retryingWriter(writer: StoreWriter, options: RetryOptions = {}): StoreWriter {
  return {
    place: writer.place,
    identity: writer.identity,
    put(name, bytes, putOptions = {}): Promise<Date | undefined> {
      return retry(options, putOptions.signal, async (failures) => {
        try {
          return await writer.put(name, bytes, putOptions);
        } catch (error) {
          // An attempt whose answer was lost may have stored the object. Its name contains the SHA-256 of the bytes, so
          // the object with this name has the same content; its time is lost with the answer. If this is the first
          // attempt, the object belongs to another run.
          if (failures > 0 && error instanceof StoreError && error.kind === "exists") return undefined;
          throw error;
        }
      });
    },
    close: () => writer.close(),
  };
}

/** Returns a remover that retries temporary errors. To remove an object again does no harm. */
export function retryingRemover(remover: StoreRemover, options: RetryOptions = {}): StoreRemover {
  return {
    place: remover.place,
    remove: (names, { signal } = {}) => retry(options, signal, () => remover.remove(names, { signal })),
    close: () => remover.close(),
  };
}

/**
 * Returns a reader that retries temporary errors. A list continues after the last object that it yielded.
 */
export function retryingReader(reader: StoreReader, options: RetryOptions = {}): StoreReader {
  return {
    place: reader.place,
    list: (prefix, listOptions = {}) => retryingList(reader, options, prefix, listOptions),
    directories: (directoriesOptions = {}) => retryingDirectories(reader, options, directoriesOptions),
    get: (name, getOptions) => retry(options, getOptions.signal, () => reader.get(name, getOptions)),
    expiry: (expiryOptions = {}) => retry(options, expiryOptions.signal, () => reader.expiry(expiryOptions)),
    close: () => reader.close(),
  };
}

/** Maximum number of directories of a store. A reader reads a tenth of it at most. */
const MAX_DIRECTORIES = 100_000;

/** There are few, so they are all asked for before the first one is given. */
async function* retryingDirectories(
  reader: StoreReader,
  options: RetryOptions,
  { signal }: Abortable,
): AsyncGenerator<string> {
  yield* await retry(options, signal, () => allDirectories(reader, signal));
}

/** @throws {StoreError} if there are too many: a server can give names without end. */
async function allDirectories(reader: StoreReader, signal: AbortSignal | undefined): Promise<string[]> {
  const names: string[] = [];
  for await (const name of reader.directories({ signal })) {
    if (names.push(name) < MAX_DIRECTORIES) continue;
    const message = `${reader.place}: there are more than ${MAX_DIRECTORIES} directories`;
    throw new StoreError("failed", message, {
      hint: "Name the host with --host, or set the prefix of its store",
    });
  }
  return names;
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

/**
 * Calls `attempt` with the number of failures so far, until it succeeds or a further attempt makes no sense.
 */
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

/** Failures since the last success, or since the beginning. */
interface Trouble {
  failures: number;
  readonly since: number;
}

function noTrouble({ now = () => performance.now() }: RetryOptions): Trouble {
  return { failures: 0, since: now() };
}

/**
 * Waits before the next attempt.
 *
 * @throws `error` if there must be no further attempt.
 */
async function pause(
  error: unknown,
  { failures, since }: Trouble,
  options: RetryOptions,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { attempts = ATTEMPTS, deadline = DEADLINE, now = () => performance.now(), report } = options;
  const { random = Math.random, sleep = sleepUnlessAborted } = options;
  if (!(error instanceof StoreError) || !error.passing || failures >= attempts) throw error;
  // "Full jitter": hosts that failed at the same time must not retry at the same time.
  const wait = random() * Math.min(CAP, BASE * 2 ** (failures - 1));
  const elapsed = now() - since;
  if (elapsed + wait > deadline) throw error;
  report?.(error, { failures, elapsed, wait });
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
