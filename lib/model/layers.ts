import type { Receipt, VolumeRange } from "./receipt.ts";

/**
 * How the tree of a snapshot is put together: from its own volumes, and from those of older snapshots that it needs. The
 * layers lie one upon the other, the newest on top: of a path that several hold, the uppermost counts, and what the
 * snapshot's own index lists as gone is in none of those below.
 */
export interface Layer {
  /** Snapshot whose index lists the entries of the layer. */
  readonly snapshot: string;
  /** Commitment of that snapshot's receipt; undefined for the snapshot itself. */
  readonly receipt: string | undefined;
  /** Whether a volume of that snapshot, by its number, belongs to the layer. */
  readonly has: (volume: number) => boolean;
}

/** The layers of a snapshot, the uppermost first. */
export function layersOf(receipt: Receipt): Layer[] {
  return [
    { snapshot: receipt.snapshot, receipt: undefined, has: () => true },
    ...receipt.needs.map(({ snapshot, receipt, volumes }) => ({
      snapshot,
      receipt,
      has: (volume: number) => isIn(volumes, volume),
    })),
  ];
}

/** Whether a number is in ascending ranges. */
function isIn(ranges: readonly VolumeRange[], number: number): boolean {
  let [from, to] = [0, ranges.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (ranges[middle]![1] < number) from = middle + 1;
    else to = middle;
  }
  return from < ranges.length && ranges[from]![0] <= number;
}
