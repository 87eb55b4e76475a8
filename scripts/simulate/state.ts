/** What a made-up host knows of its stores, and what may become of that. */
import { copyCatalog } from "../../lib/catalog/catalog.ts";
import { exists } from "../../lib/disk/exists.ts";

/** What a host knows of one store. */
export interface StoreMemory {
  /** Of the catalog. */
  readonly file: string;
  /** Commitments of receipts: the last that was confirmed, and those attempted since. */
  readonly receipts: string[];
}

/** What damage makes of a file; undefined where it is lost. */
export type Damage = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> | undefined;

/** The state directory of a host. Whoever changes it ends the host's process first. */
export class StateDirectory {
  readonly #file: string;
  #memories = new Map<string, StoreMemory>();
  #image: ReadonlyMap<string, StoreMemory> | undefined;
  #files = 0;
  /** Catalog of the store that was used last. */
  #last: string | undefined;

  /** @param file what the names of all files begin with. */
  constructor(file: string) {
    this.#file = file;
  }

  /** The stores that it knows. */
  get identities(): string[] {
    return [...this.#memories.keys()];
  }

  /** What it knows of a store, which is the one that is used from now on. */
  of(identity: string): StoreMemory {
    const known = this.#memories.get(identity);
    const memory = known ?? { file: `${this.#file}-${this.#files++}`, receipts: [] };
    this.#memories.set(identity, memory);
    this.#last = memory.file;
    return memory;
  }

  /** Damages the catalog of the store that was used last. */
  damage(damage: Damage): void {
    const file = this.#last;
    if (file === undefined || !exists(file)) return; // it was lost before, and no run has made another
    const bytes = damage(Deno.readFileSync(file));
    if (bytes === undefined) Deno.removeSync(file);
    else Deno.writeFileSync(file, bytes);
  }

  /** Keeps a copy of it. */
  keepImage(): void {
    for (const { file } of this.#memories.values()) copyCatalog(file, `${file}.image`);
    this.#image = copied(this.#memories);
  }

  /** Puts it back to the copy, as when the machine is restored from an image. */
  restoreImage(): void {
    if (this.#image === undefined) return;
    this.#memories = copied(this.#image);
    for (const { file } of this.#memories.values()) copyCatalog(`${file}.image`, file);
  }
}

function copied(memories: ReadonlyMap<string, StoreMemory>): Map<string, StoreMemory> {
  return new Map([...memories].map(([identity, it]) => [identity, { ...it, receipts: [...it.receipts] }]));
}
