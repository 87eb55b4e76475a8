import type { Foundations } from "../catalog/catalog.ts";
import { Damage } from "../model/failure.ts";
import { objectKey } from "../model/name.ts";
import type { AdoptedVolume, NeededSnapshot, PartRecord, Receipt } from "../model/receipt.ts";
import { adoptedObjects } from "../snapshots/parts.ts";
import { neededSnapshot } from "../snapshots/snapshots.ts";
import type { ObjectReader } from "../store/contract.ts";

/**
 * Reads the receipt of an older snapshot.
 *
 * @throws {Damage} if it is missing.
 */
export type ReceiptReader = (need: NeededSnapshot) => Promise<Receipt>;

/**
 * Objects in a store that the host may read. They are looked up by name and size. Contents are not read, and
 * no message names an object, because the host's logs must not contain it.
 */
export class Holdings {
  readonly #objects: ObjectReader;
  readonly #host: string;
  readonly #signal: AbortSignal;
  readonly #receiptOf: ReceiptReader;

  constructor(objects: ObjectReader, host: string, signal: AbortSignal, receiptOf?: ReceiptReader) {
    this.#objects = objects;
    this.#host = host;
    this.#signal = signal;
    this.#receiptOf = receiptOf ??
      (async (need) => (await neededSnapshot(objects, host, need, signal)).receipt);
  }

  /**
   * Checks that the store contains all objects that a snapshot refers to: the receipts of older snapshots,
   * their indexes and the needed volumes.
   *
   * @throws {Damage} if an object is missing, with its kind and snapshot.
   */
  async check({ needs, adopted }: Foundations): Promise<void> {
    for (const volume of adopted) await this.#checkAdopted(volume);
    for (const need of needs) await this.#checkNeeded(need);
  }

  /**
   * Checks that the store contains a snapshot's own objects.
   *
   * @throws {Damage} if one is missing.
   */
  async checkOwn(
    { snapshot, volumes, index }: Pick<Receipt, "snapshot" | "volumes" | "index">,
  ): Promise<void> {
    await this.#checkParts(snapshot, [...index.parts, ...volumes.flatMap(({ parts }) => parts)]);
  }

  async #checkNeeded(need: NeededSnapshot): Promise<void> {
    const { snapshot, index, volumes, adopted } = await this.#receiptOf(need);
    const numbers = new Set(numbersOf(need));
    const needed = volumes.filter(({ number }) => numbers.delete(number));
    await this.checkOwn({ snapshot, index, volumes: needed });
    for (const volume of adopted) if (numbers.delete(volume.number)) await this.#checkAdopted(volume);
    const [unknown] = numbers;
    if (unknown !== undefined) throw new Damage(`The snapshot ${snapshot} has no volume ${unknown}`);
  }

  async #checkAdopted(volume: AdoptedVolume): Promise<void> {
    await adoptedObjects(this.#objects, this.#host, volume, this.#signal);
  }

  async #checkParts(snapshot: string, parts: readonly PartRecord[]): Promise<void> {
    const directory = objectKey(this.#host, snapshot, "");
    const sizes = new Map<string, number>();
    for await (const { name, size } of this.#objects.list(directory, { signal: this.#signal })) {
      sizes.set(name.slice(directory.length), size);
    }
    const missing = parts.filter(({ name, size }) => sizes.get(name) !== size);
    if (missing.length === 0) return;
    const cut = missing.some(({ name }) => sizes.has(name)) ? ", or have another size" : "";
    throw new Damage(`${missing.length} objects of the snapshot ${snapshot} are missing${cut}`);
  }
}

function* numbersOf({ volumes }: NeededSnapshot): Generator<number> {
  for (const [first, last] of volumes) for (let number = first; number <= last; number += 1) yield number;
}
