import { layersOf } from "../model/layers.ts";
import type { AdoptedVolume, Receipt, VolumeRecord } from "../model/receipt.ts";
import type { ObjectReader } from "../store/contract.ts";
import { neededSnapshot, type Snapshot } from "./snapshots.ts";

/** Snapshot, with those of its volumes that a restore reads. Its index and its receipt belong to it. */
export interface Reached {
  readonly snapshot: Snapshot;
  readonly volumes: readonly (VolumeRecord | AdoptedVolume)[];
}

/**
 * Yields all snapshots that a restore of a snapshot reads: the older ones that it needs, then the snapshot
 * itself. Only receipts are read: no private key is needed.
 *
 * @throws {Damage} if a needed snapshot is missing.
 */
export async function* reachOf(
  reader: ObjectReader,
  snapshot: Snapshot,
  signal: AbortSignal,
): AsyncGenerator<Reached> {
  const [, ...older] = layersOf(snapshot.receipt);
  for (const { snapshot: id, receipt, has } of older) {
    const needed = await neededSnapshot(reader, snapshot.host, { snapshot: id, receipt: receipt! }, signal);
    yield { snapshot: needed, volumes: volumesOf(needed.receipt).filter(({ number }) => has(number)) };
  }
  yield { snapshot, volumes: volumesOf(snapshot.receipt) };
}

/** Returns the volumes that a receipt lists: its own, and those of interrupted runs. */
function volumesOf({ volumes, adopted }: Receipt): readonly (VolumeRecord | AdoptedVolume)[] {
  return [...volumes, ...adopted];
}
