import { statfsSync } from "node:fs";
import type { Host } from "../config/types.ts";
import { known } from "../model/known.ts";
import { estimateMemory } from "./memory_estimate.ts";
import { type FittedHost, systemMemory } from "./memory_profile.ts";
import { MINIMUM_DAYS } from "../model/storage_class.ts";
import { expiryDays } from "../model/retention.ts";

const MIB = 1024 * 1024;

/**
 * Minimum free space in bytes: about the size of the catalog of a million entries. With less, the next backup
 * may fail.
 */
const LEAST_SPACE = 100 * MIB;

/** Free resources of a machine. */
export interface Machine {
  /** Returns the bytes that this user can still write on the file system of `path`; undefined if unknown. */
  readonly space: (path: string) => number | undefined;
  /** Returns the bytes of memory that are available to programs; undefined if unknown. */
  readonly memory: () => number | undefined;
}

/** This machine. Facts that the sandbox hides are unknown. */
export const THIS_MACHINE: Machine = {
  space: (path) =>
    known(() => {
      const { bavail, bsize } = statfsSync(path);
      return bavail * bsize;
    }),
  memory: () => known(() => Math.min(Deno.systemMemoryInfo().available, systemMemory().cgroup || Infinity)),
};

/**
 * Returns warnings about settings and resources that may make backups of a host fail, or cost more than
 * expected.
 */
export function preflightWarnings(host: FittedHost, machine: Machine): string[] {
  return [nearlyFull(host, machine), littleMemory(host, machine), shortRetention(host)]
    .filter((text) => text !== undefined);
}

function nearlyFull({ state }: Host, machine: Machine): string | undefined {
  const space = machine.space(state);
  if (space === undefined || space >= LEAST_SPACE) return undefined;
  return `Only ${
    mebibytes(space)
  } are left on the disk of the state directory "${state}": when it is full, backups fail`;
}

function littleMemory(host: FittedHost, machine: Machine): string | undefined {
  const available = machine.memory();
  const { bytes: wanted } = estimateMemory(host);
  if (available === undefined || available >= wanted) return undefined;
  return `Only ${mebibytes(available)} of memory are available where about ${
    mebibytes(wanted)
  } are wanted: ` +
    "fewer jobs or a smaller partSize take less";
}

function shortRetention({ store, retention }: Host): string | undefined {
  if (store.kind !== "s3" || store.storageClass === undefined) return undefined;
  const least = MINIMUM_DAYS[store.storageClass] ?? 0;
  const days = expiryDays(retention);
  if (days >= least) return undefined;
  return `Objects are kept for ${days} days, but ${store.storageClass} bills each for ${least}: ` +
    "a longer retention costs no more";
}

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / MIB)} MiB`;
}
