import { objectKey, parseObjectName } from "../model/name.ts";
import type { PartRecord } from "../model/receipt.ts";
import type { ObjectReader } from "../store/contract.ts";
import { locate } from "./parts.ts";
import { reachOf } from "./reach.ts";
import type { Snapshot } from "./snapshots.ts";

/** Object that a restore of a snapshot reads. */
export interface ClosureObject {
  /** Full name. */
  readonly name: string;
  readonly sha256: string;
  /** Size in bytes; undefined for a receipt. */
  readonly size: number | undefined;
}

/** Everything that a restore of a snapshot reads. */
export interface Closure {
  /** Volumes and indexes. */
  readonly objects: readonly ClosureObject[];
  /** Receipts, that of the snapshot last. */
  readonly receipts: readonly ClosureObject[];
}

/**
 * Returns everything that a restore of a snapshot reads: its receipt, its index, its own and adopted volumes, and of the
 * older snapshots that it needs the receipts, the indexes and the needed volumes.
 *
 * @throws {Damage} if a snapshot that it needs, or an adopted volume, is missing.
 */
export async function closureOf(
  reader: ObjectReader,
  snapshot: Snapshot,
  signal: AbortSignal,
): Promise<Closure> {
  const objects = new Map<string, ClosureObject>();
  const receipts: ClosureObject[] = [];
  const add = (host: string, id: string, { name, size, sha256 }: PartRecord): void => {
    const key = objectKey(host, id, name);
    objects.set(key, { name: key, sha256, size });
  };
  for await (
    const { snapshot: { host, id, receipt, receiptName }, volumes } of reachOf(reader, snapshot, signal)
  ) {
    for (const volume of volumes) {
      const { directory, parts } = await locate(reader, { host, id }, volume, signal);
      for (const part of parts) add(host, directory.id, part);
    }
    for (const part of receipt.index.parts) add(host, id, part);
    const { sha256 } = parseObjectName(receiptName)!;
    receipts.push({ name: objectKey(host, id, receiptName), sha256, size: undefined });
  }
  return { objects: [...objects.values()], receipts };
}
