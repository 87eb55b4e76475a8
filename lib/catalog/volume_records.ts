/**
 * Records of the catalog's volumes for a receipt.
 *
 * @module
 */
import type { AdoptedVolume, NeededSnapshot, VolumeRange } from "../model/receipt.ts";
import { snapshotTime } from "../model/snapshot.ts";
import type { Volume } from "./volumes.ts";

/** Returns the record of an adopted volume for a receipt. */
export function adoptedRecord({ snapshot, number, unclaimed }: Volume, as: number): AdoptedVolume {
  const { entries, plain, parts } = unclaimed!;
  return { number: as, entries, plain, from: { snapshot, number }, parts };
}

/**
 * Whether a volume belongs to a snapshot that claims a later time than another one: readers refuse to use it for that one.
 */
export function isLater({ snapshot }: Volume, other: string): boolean {
  return snapshotTime(snapshot)! > snapshotTime(other)!;
}

/** Returns the records of needed volumes for a receipt: by snapshot, the newest first. */
export function neededRecords(newestFirst: readonly Volume[]): NeededSnapshot[] {
  const bySnapshot = Map.groupBy(newestFirst, ({ snapshot }) => snapshot);
  return [...bySnapshot].map(([snapshot, volumes]) => ({
    snapshot,
    receipt: volumes[0]!.receipt!,
    volumes: ranges(volumes.map(({ number }) => number)),
  }));
}

/** Returns numbers as ranges of consecutive ones. */
function ranges(numbers: readonly number[]): VolumeRange[] {
  const found: [number, number][] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last !== undefined && last[1] + 1 === number) last[1] = number;
    else found.push([number, number]);
  }
  return found;
}
