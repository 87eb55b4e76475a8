import type { Run } from "../app/events.ts";
import { Damage } from "../model/failure.ts";
import { MAX_PART_BYTES } from "../model/receipt.ts";
import type { ClosureObject } from "../snapshots/closure.ts";
import { StoreError, type StoreReader } from "../store/contract.ts";
import type { StoreCopier } from "../store/s3/copier.ts";
import { copyObject, verifiedBytes } from "./copy_object.ts";
import type { PinStore } from "./pin_store.ts";

/** Way in which an object came into the store of pins. */
export type CopyResult = "existed" | "byServer" | "byMachine";

/**
 * Copies of the objects of a pin. The server makes them if it can, and each of its copies is read and proved. Its first refusal
 * ends that: this machine copies the rest.
 */
export class PinCopies {
  readonly #from: StoreReader;
  readonly #to: PinStore;
  readonly #there: ReadonlyMap<string, number>;
  readonly #run: Run;
  #copier: StoreCopier | undefined;

  /** @param there Sizes in bytes of the objects in the store of pins, by name. */
  constructor(from: StoreReader, to: PinStore, there: ReadonlyMap<string, number>, run: Run) {
    this.#from = from;
    this.#to = to;
    this.#there = there;
    this.#run = run;
    this.#copier = to.copier;
  }

  /**
   * Copies a volume or an index.
   *
   * @throws {Damage} if it is missing or damaged in both stores, or is another one in the store of pins.
   */
  async copy(object: ClosureObject): Promise<CopyResult> {
    if (this.#there.has(object.name)) return await this.#existing(object);
    if (this.#copier === undefined) return await this.#copyHere(object);
    return await this.#copyByServer(this.#copier, object);
  }

  /** Copies a receipt, which passes this machine: so one that exists is proved, and its snapshot was copied before. */
  async copyReceipt(object: ClosureObject): Promise<CopyResult> {
    return this.#there.has(object.name) ? "existed" : await this.#copyHere(object);
  }

  async #copyHere(object: ClosureObject): Promise<CopyResult> {
    const size = await copyObject(this.#from, this.#to.writer, object, this.#run.signal);
    return size === undefined ? "existed" : "byMachine";
  }

  /** A copy by the server may be left from a run that ended before it was proved, so it is proved now. */
  async #existing(object: ClosureObject): Promise<CopyResult> {
    const hasSize = this.#there.get(object.name) === (object.size ?? this.#there.get(object.name));
    if (hasSize && this.#to.copier === undefined) return "existed";
    const { reader } = this.#to;
    if (await this.#isProved(object)) return "existed";
    throw new Damage(`${object.name} in ${reader.place} is not what its name says`, {
      hint: "Remove it from the store of pins, and run `nightdrop pin` again",
    });
  }

  async #copyByServer(copier: StoreCopier, object: ClosureObject): Promise<CopyResult> {
    const { name, size = MAX_PART_BYTES } = object;
    const { signal } = this.#run;
    try {
      await copier.copy(name, size, { signal });
    } catch (error) {
      if (!(error instanceof StoreError) || error.passing) throw error;
      if (error.kind === "exists") return await this.#existing(object);
      if (error.kind !== "missing") this.#end(error);
      return await this.#copyHere(object);
    }
    if (await this.#isProved(object)) return "byServer";
    // The name was free, so this is the wrong copy. A mirror may have the right bytes.
    await this.#to.remover.remove([name], { signal });
    return await this.#copyHere(object);
  }

  /** Whether the object in the store of pins has the SHA-256 in its name. */
  async #isProved(object: ClosureObject): Promise<boolean> {
    try {
      await verifiedBytes(this.#to.reader, object, this.#run.signal);
      return true;
    } catch (error) {
      if (error instanceof Damage) return false;
      throw error;
    }
  }

  #end({ kind, message, hint }: StoreError): void {
    if (this.#copier === undefined) return;
    this.#copier = undefined;
    const advice = kind !== "denied" || hint === undefined ? "" : `. ${hint}`;
    this.#run.report({
      event: "note",
      text: `The server does not copy, so objects are copied through this machine: ${message}${advice}`,
    });
  }
}
