import process from "node:process";
import type { Host } from "../config/types.ts";
import { known } from "../model/known.ts";
import { DEFAULT_PART_BYTES } from "../model/receipt.ts";
import { jobsOf } from "../workers/pool.ts";

const MIB = 2 ** 20;

/** Memory in bytes from which on a backup is made for speed. */
const ENOUGH = 1024 * MIB;

/** Size of the parts of a small backup: parts are what takes most memory that can be saved. */
const SMALL_PART_BYTES = 4 * MIB;

/** Memory that decides on the profile. */
export interface MemoryLimit {
  /** Number of bytes. */
  readonly bytes: number;
  /** Origin of the number: the key `memory`, the control group of the process, or the machine. */
  readonly source: "config" | "cgroup" | "machine";
}

/** Defaults for the memory of a backup. */
export interface MemoryProfile {
  /** `small` with less than 1 GiB: one volume at a time, of parts of 4 MiB, unless the config names others. */
  readonly profile: "small" | "fast";
  /** Memory that decided; undefined if it is unknown. */
  readonly limit?: MemoryLimit;
}

/** Memory as the system reports it. */
export interface SystemMemory {
  /** Bytes of the machine; undefined if unknown. */
  readonly total: number | undefined;
  /** Limit in bytes of the control group of the process; 0 or a huge number if there is none, undefined if unknown. */
  readonly cgroup: number | undefined;
}

/** Host whose parts and jobs are known. */
export interface FittedHost extends Host {
  readonly partSize: number;
  readonly jobs: number;
}

/**
 * Returns the memory of this machine and of the control group of this process, of version 1 or 2. Deno reads both itself: the
 * sandbox has no permission for /proc and /sys. It does not see the limits of groups around this one.
 */
export function systemMemory(): SystemMemory {
  return {
    total: known(() => Deno.systemMemoryInfo().total),
    cgroup: known(() => process.constrainedMemory()),
  };
}

/**
 * Returns how a backup of a host uses the memory. Unknown memory is taken for enough, because most machines have it, and
 * because a wrong `small` would make all their backups slower.
 */
export function memoryProfile(
  { memory }: Pick<Host, "memory">,
  system: () => SystemMemory = systemMemory,
): MemoryProfile {
  const limit = memory === undefined ? limitOf(system()) : { bytes: memory, source: "config" } as const;
  if (limit === undefined) return { profile: "fast" };
  return { profile: limit.bytes < ENOUGH ? "small" : "fast", limit };
}

function limitOf({ total, cgroup = 0 }: SystemMemory): MemoryLimit | undefined {
  if (cgroup > 0 && cgroup < (total ?? Number.MAX_SAFE_INTEGER)) return { bytes: cgroup, source: "cgroup" };
  return total === undefined ? undefined : { bytes: total, source: "machine" };
}

/** Returns a host with the parts and jobs of its config, or else of the memory profile. */
export function fitted(host: Host, { profile }: MemoryProfile = memoryProfile(host)): FittedHost {
  const isSmall = profile === "small";
  const { jobs = isSmall ? 1 : undefined, partSize = isSmall ? SMALL_PART_BYTES : DEFAULT_PART_BYTES } = host;
  return { ...host, jobs: jobsOf({ jobs }), partSize };
}
