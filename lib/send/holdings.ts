import type { Foundations } from "../catalog/catalog.ts";
import { Damage } from "../model/failure.ts";
import { objectKey } from "../model/name.ts";
import type { NeededSnapshot, PartRecord, Receipt } from "../model/receipt.ts";
import { adoptedObjects } from "../read/parts.ts";
import { neededSnapshot } from "../read/snapshots.ts";
import type { ObjectReader } from "../store/contract.ts";

/**
 * Checks that a store that lets the host look holds what a snapshot builds on: the receipts of older snapshots, and
 * every object that a reader needs of them, in its size. Contents are not read.
 *
 * @throws {Damage} if something is missing: what, and of which snapshot.
 */
export async function checkHoldings(
  objects: ObjectReader,
  host: string,
  { needs, adopted }: Foundations,
  signal: AbortSignal,
): Promise<void> {
  for (const volume of adopted) await adoptedObjects(objects, host, volume, signal);
  for (const need of needs) {
    const { id, receipt } = await neededSnapshot(objects, host, need, signal);
    const numbers = new Set(numbersOf(need));
    const volumes = receipt.volumes.filter(({ number }) => numbers.delete(number));
    await checkParts(
      objects,
      host,
      id,
      [...receipt.index.parts, ...volumes.flatMap(({ parts }) => parts)],
      signal,
    );
    for (const volume of receipt.adopted) {
      if (numbers.delete(volume.number)) await adoptedObjects(objects, host, volume, signal);
    }
    const [unknown] = numbers;
    if (unknown !== undefined) throw new Damage(`The snapshot ${id} has no volume ${unknown}`);
  }
}

/**
 * Checks that a snapshot's own objects are there, in their size.
 *
 * @throws {Damage} if one is missing.
 */
export async function checkOwn(
  objects: ObjectReader,
  { host, snapshot, volumes, index }: Pick<Receipt, "host" | "snapshot" | "volumes" | "index">,
  signal: AbortSignal,
): Promise<void> {
  await checkParts(
    objects,
    host,
    snapshot,
    [...index.parts, ...volumes.flatMap(({ parts }) => parts)],
    signal,
  );
}

/** No message names an object: the host's logs must not remember it. */
async function checkParts(
  objects: ObjectReader,
  host: string,
  snapshot: string,
  parts: readonly PartRecord[],
  signal: AbortSignal,
): Promise<void> {
  const folder = objectKey(host, snapshot, "");
  const sizes = new Map<string, number>();
  for await (const { name, size } of objects.list(folder, { signal })) {
    sizes.set(name.slice(folder.length), size);
  }
  const missing = parts.filter(({ name, size }) => sizes.get(name) !== size);
  if (missing.length === 0) return;
  const cut = missing.some(({ name }) => sizes.has(name)) ? ", or have another size" : "";
  throw new Damage(`${missing.length} objects of the snapshot ${snapshot} are missing${cut}`);
}

function* numbersOf({ volumes }: NeededSnapshot): Generator<number> {
  for (const [first, last] of volumes) for (let number = first; number <= last; number += 1) yield number;
}
