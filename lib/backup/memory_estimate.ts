import type { Store } from "../config/types.ts";
import type { FittedHost } from "./memory_profile.ts";
import { threadsFor } from "../workers/pool.ts";

const MIB = 2 ** 20;

// Resident memory at its peak, of whole processes as the tasks run them (Deno 2.9.6): /usr/share with 61,000 entries and
// 1.0 GB reaches what is planned for 1 and 2 jobs and parts of 4 and 16 MiB; noise and small files stay below it.

/**
 * Bytes for the program, its modules, and one volume in progress without its part. About 50 MiB of this is
 * shared.
 */
const PROGRAM = 145 * MIB;

/** Bytes for a thread: its heap and its buffers. */
const THREAD = 15 * MIB;

/** Bytes for the S3 SDK and its connections. */
const S3 = 15 * MIB;

/** Estimate of the maximum memory of a backup. */
export interface MemoryEstimate {
  /** Total in bytes. */
  readonly bytes: number;
  /** Number of parts in memory. */
  readonly parts: number;
  /** Maximum size of each in bytes. */
  readonly partSize: number;
  /** Number of threads in addition to the main thread. */
  readonly threads: number;
}

/** Settings that determine the memory of a backup. The number and the size of files do not. */
export interface MemoryFactors extends Pick<FittedHost, "jobs" | "partSize"> {
  readonly store: Pick<Store, "kind">;
}

/**
 * Returns the number of parts in memory at the same time: one for each volume in progress, and one that is
 * being uploaded. If the main thread creates volumes as well, it notices late that a part has been stored or is wanted, so
 * there are two more: one waits for it, and one with the next volume of the other thread.
 */
export function partsAtOnce(jobs: number): number {
  const threads = threadsFor(jobs);
  return jobs + (threads > 0 && threads < jobs ? 3 : 1);
}

/** Returns the memory of a backup, from its parts and threads. */
export function estimateMemory({ jobs, partSize, store }: MemoryFactors): MemoryEstimate {
  const parts = partsAtOnce(jobs);
  const threads = threadsFor(jobs);
  const sdk = store.kind === "s3" ? S3 : 0;
  return { bytes: PROGRAM + sdk + threads * THREAD + parts * partSize, parts, partSize, threads };
}
