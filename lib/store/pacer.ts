import { setTimeout as delay } from "node:timers/promises";
import type { Socket } from "node:net";

/** How a {@link Pacer} sees time; tests have another. */
export interface PacerClock {
  /** Milliseconds since whenever. */
  readonly now: () => number;
  /** Waits for milliseconds, or rejects when the signal is aborted. */
  readonly sleep: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
}

const CLOCK: PacerClock = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) => delay(milliseconds, undefined, signal && { signal }),
};

const LARGEST_SLICE = 64 * 1024;
const SLICES_A_SECOND = 20;

/** More uploads than this do not share a line at a time. */
const SHARERS = 16;

/**
 * Keeps a store's uploads below so many bytes a second, all of them together. What goes out goes in slices, each of
 * which waits until those before it are through at that rate: there are no bursts, and nothing is saved up while the
 * line is idle. The packets' own overhead (some 3 %, and TLS) is not counted.
 */
export class Pacer {
  /** The most that goes out between two waits. */
  readonly slice: number;
  /** The least that one upload gets, in bytes a millisecond, while others share the line. */
  readonly share: number;
  readonly #bytesPerMs: number;
  readonly #clock: PacerClock;
  /** When all that was let go is through. */
  #free = -Infinity;

  constructor(bytesPerSecond: number, clock: PacerClock = CLOCK) {
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.share = this.#bytesPerMs / SHARERS;
    this.slice = Math.min(LARGEST_SLICE, Math.ceil(bytesPerSecond / SLICES_A_SECOND));
    this.#clock = clock;
  }

  /** Resolves when so many bytes may go. */
  async pass(bytes: number, signal?: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    const start = Math.max(now, this.#free);
    this.#free = start + bytes / this.#bytesPerMs;
    if (start > now) await this.#clock.sleep(start - now, signal);
  }
}

/**
 * Slows down what a socket sends. It is done at the socket because a part has to be given to the S3 client as one
 * buffer: to pace whole parts only would be seconds of full speed and then silence.
 */
export function paced<S extends Socket>(socket: S, pacer: Pacer): S {
  const write = socket._write.bind(socket);
  const closed = new AbortController();
  socket.once("close", () => closed.abort());
  // Without it the stream hands over all that has piled up at once.
  Object.assign(socket, { _writev: null });
  socket._write = (chunk: unknown, encoding, done): void => {
    // Heads of requests come as text and are small.
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
