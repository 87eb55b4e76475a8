/** State directory of a simulated host, which can be damaged and restored. */
import { copyDatabase } from "../../lib/catalog/database.ts";
import { exists } from "../../lib/disk/exists.ts";

/** State of one store. */
export interface StoreMemory {
  /** File of the catalog. */
  readonly file: string;
  /** Commitments of receipts: the last confirmed one, and later attempts. */
  readonly receipts: string[];
}

/** Returns a damaged file; undefined if it is lost. */
export type Damage = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> | undefined;

/** State directory of a host. Before a change the host's process must be ended. */
export class StateDirectory {
  readonly #file: string;
  #memories = new Map<string, StoreMemory>();
  #image: ReadonlyMap<string, StoreMemory> | undefined;
  #files = 0;
  /** Catalog of the most recently used store. */
  #last: string | undefined;

  /** @param file Prefix of all file names. */
  constructor(file: string) {
    this.#file = file;
  }

  /** Known stores. */
  get identities(): string[] {
    return [...this.#memories.keys()];
  }

  /** Returns the state of a store, which is used from now on. */
  of(identity: string): StoreMemory {
    const known = this.#memories.get(identity);
    const memory = known ?? { file: `${this.#file}-${this.#files++}`, receipts: [] };
    this.#memories.set(identity, memory);
    this.#last = memory.file;
    return memory;
  }

  /** Damages the catalog of the most recently used store. */
  damage(damage: Damage): void {
    const file = this.#last;
    if (file === undefined || !exists(file)) return; // it was lost before, and no run has made another
    const bytes = damage(Deno.readFileSync(file));
    if (bytes === undefined) Deno.removeSync(file);
    else Deno.writeFileSync(file, bytes);
  }

  /** Saves a copy. */
  keepImage(): void {
    for (const { file } of this.#memories.values()) copyDatabase(file, `${file}.image`);
    this.#image = copied(this.#memories);
  }

  /** Restores the copy, as when the machine is restored from an image. */
  restoreImage(): void {
    if (this.#image === undefined) return;
    this.#memories = copied(this.#image);
    for (const { file } of this.#memories.values()) copyDatabase(`${file}.image`, file);
  }
}

function copied(memories: ReadonlyMap<string, StoreMemory>): Map<string, StoreMemory> {
  return new Map([...memories].map(([identity, it]) => [identity, { ...it, receipts: [...it.receipts] }]));
}
