import type { Store } from "../config/types.ts";

const MIB = 2 ** 20;

// Resident memory at its peak, of whole processes as the tasks run them (Deno 2.9.6): a real tree of 153,000 entries and
// 2.2 GiB reaches what is planned for 2 jobs and parts of 16 MiB; noise and small trees stay below it, by up to a half.

/** The program, its modules, and what one volume in the making takes without its part. About 60 MiB of it is shared. */
const PROGRAM = 135 * MIB;

/** A thread: its heap, with the entries of its volume, and scratch. */
const THREAD = 30 * MIB;

/** The S3 SDK and its connections. */
const S3 = 15 * MIB;

/** What a backup takes of memory at its peak, and what for. */
export interface PlannedMemory {
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

/** How many parts are in memory at the same time: one for each volume that is made, and one that is on its way. */
export function partsAtOnce(jobs: number): number {
  return jobs + 1;
}

/** Plans the memory of a backup from what it counts: parts and threads. A single job needs no thread of its own. */
export function plannedMemory({ jobs, partSize, store }: MemoryFactors): PlannedMemory {
  const parts = partsAtOnce(jobs);
  const threads = jobs === 1 ? 0 : jobs;
  const sdk = store.kind === "s3" ? S3 : 0;
  return { bytes: PROGRAM + sdk + threads * THREAD + parts * partSize, parts, threads };
}
