import type { Receipt, VolumeRange } from "./receipt.ts";

/**
 * Layer of a snapshot's tree. The tree consists of the volumes of the snapshot itself and of those older
 * snapshots that it needs. The newest layer is on top: if several layers contain a path, the uppermost is
 * valid. A path that the snapshot's own index lists as gone is in none of the layers below.
 */
export interface Layer {
  /** Snapshot whose index lists the entries of the layer. */
  readonly snapshot: string;
  /** Commitment of the receipt of that snapshot; undefined for the snapshot itself. */
  readonly receipt: string | undefined;
  /** Whether a volume of that snapshot, by its number, belongs to the layer. */
  readonly has: (volume: number) => boolean;
}

/** Returns the layers of a snapshot, the uppermost first. */
export function layersOf(receipt: Pick<Receipt, "snapshot" | "needs">): Layer[] {
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
