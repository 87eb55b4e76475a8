import { setTimeout as delay } from "node:timers/promises";
import type { Socket } from "node:net";

/** Clock of a {@link Pacer}. Tests use another one. */
export interface PacerClock {
  /** Returns milliseconds since an arbitrary time. */
  readonly now: () => number;
  /** Waits for the given milliseconds; rejects when the signal is aborted. */
  readonly sleep: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
}

const CLOCK: PacerClock = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) => delay(milliseconds, undefined, signal && { signal }),
};

const LARGEST_SLICE = 64 * 1024;
const SLICES_A_SECOND = 20;

/** Maximum number of uploads that share a line at the same time. */
const SHARERS = 16;

/**
 * Limits the rate of all uploads of a store together, in bytes per second. Data is sent in slices; each slice
 * waits until those before it are sent at that rate. There are no bursts, and no credit is saved while the
 * line is idle. The overhead of packets (about 3 %, and TLS) is not counted.
 */
export class Pacer {
  /** Maximum number of bytes between two waits. */
  readonly slice: number;
  /** Minimum rate of one upload, in bytes per millisecond, while others share the line. */
  readonly share: number;
  readonly #bytesPerMs: number;
  readonly #clock: PacerClock;
  /** Time at which all data that was allowed is sent. */
  #free = -Infinity;

  constructor(bytesPerSecond: number, clock: PacerClock = CLOCK) {
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.share = this.#bytesPerMs / SHARERS;
    this.slice = Math.min(LARGEST_SLICE, Math.ceil(bytesPerSecond / SLICES_A_SECOND));
    this.#clock = clock;
  }

  /** Resolves when `bytes` bytes may be sent. */
  async pass(bytes: number, signal?: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    const start = Math.max(now, this.#free);
    this.#free = start + bytes / this.#bytesPerMs;
    if (start > now) await this.#clock.sleep(start - now, signal);
  }
}

/**
 * Limits the rate of a socket. This is done at the socket because the S3 client takes a part as one buffer:
 * pacing whole parts would give seconds of full speed and then silence.
 */
export function paced<S extends Socket>(socket: S, pacer: Pacer): S {
  const write = socket._write.bind(socket);
  const closed = new AbortController();
  socket.once("close", () => closed.abort());
  // With _writev, the stream would write all queued chunks at once.
  Object.assign(socket, { _writev: null });
  socket._write = (chunk: unknown, encoding, done): void => {
    // Headers of requests are text and small.
    if (!(chunk instanceof Uint8Array)) return write(chunk, encoding, done);
    const writeSlice = (slice: Uint8Array): Promise<void> =>
      new Promise((resolve, reject) => write(slice, encoding, (error) => error ? reject(error) : resolve()));
    inSlices(chunk, pacer, closed.signal, writeSlice).then(() => done(), done);
  };
  return socket;
}

async function inSlices(
  chunk: Uint8Array,
  pacer: Pacer,
  signal: AbortSignal,
  write: (slice: Uint8Array) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < chunk.length; at += pacer.slice) {
    const slice = chunk.subarray(at, at + pacer.slice);
    await pacer.pass(slice.length, signal);
    await write(slice);
  }
}
