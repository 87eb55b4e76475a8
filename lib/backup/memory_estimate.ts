import type { Store } from "../config/types.ts";
import { threadsFor } from "../workers/pool.ts";

const MIB = 2 ** 20;

// Resident memory at its peak, of whole processes as the tasks run them (Deno 2.9.6): a real tree of 151,000 entries and
// 2.2 GB reaches what is planned for 1 and 3 jobs and parts of 16 MiB; noise and small files stay below it, by up to a third.

/** The program, its modules, and what one volume in the making takes without its part. About 50 MiB of it is shared. */
const PROGRAM = 120 * MIB;

/** A thread: its heap, and scratch. */
const THREAD = 15 * MIB;

/** The S3 SDK and its connections. */
const S3 = 15 * MIB;

/** What a backup takes of memory at its peak, and what for. */
export interface MemoryEstimate {
  /** Bytes, all in all. */
  readonly bytes: number;
  /** Parts in memory. */
  readonly parts: number;
  /** Threads beside the first. */
  readonly threads: number;
}

/** What of a config decides how much memory a backup takes. The number and the size of the files do not. */
export interface MemoryFactors {
  readonly jobs: number;
  readonly partSize: number;
  readonly store: Pick<Store, "kind">;
}

/**
 * How many parts are in memory at the same time: one for each volume that is made, and one that is on its way. Where the
 * first thread makes volumes beside another it comes late to hear that a part has been stored, so there is one more.
 */
export function partsAtOnce(jobs: number): number {
  const threads = threadsFor(jobs);
  return jobs + (threads > 0 && threads < jobs ? 2 : 1);
}

/** Plans the memory of a backup from what it counts: parts and threads. */
export function estimateMemory({ jobs, partSize, store }: MemoryFactors): MemoryEstimate {
  const parts = partsAtOnce(jobs);
  const threads = threadsFor(jobs);
  const sdk = store.kind === "s3" ? S3 : 0;
  return { bytes: PROGRAM + sdk + threads * THREAD + parts * partSize, parts, threads };
}
