import { type Layer, layersOf } from "../model/layers.ts";
import { PathTable } from "../model/path_table.ts";
import type { NeededSnapshot, VolumeRange } from "../model/receipt.ts";
import type { Snapshot } from "./snapshots.ts";

/** Snapshot, and the commitment of its receipt. */
export type NeededReceipt = Pick<NeededSnapshot, "snapshot" | "receipt">;

/** Layer of two trees: which volumes of a snapshot belong to the one and to the other. */
interface Pair {
  readonly layers: readonly (Layer | undefined)[];
  /** Whether both trees have the same volumes of it, and its index lists nothing that is gone from one of them. */
  readonly isShared: boolean;
}

/** Snapshot whose index lists what only one of two trees has. */
export interface DifferingLayer extends NeededReceipt {
  /** Whether only one of the trees has volumes of it. */
  readonly isOfOne: boolean;
}

/**
 * Layers that two trees share. An entry of a volume that both have is in both trees or in neither, unless something that only one of
 * them has lists its path: only these paths can differ.
 */
export class SharedLayers {
  readonly #pairs = new Map<string, Pair>();
  readonly #paths = new PathTable();
  /** Whether there is nothing that both have: then every path can differ. */
  readonly #isNothing: boolean;

  constructor(a: Snapshot, b: Snapshot) {
    const [ofA, ofB] = [a, b].map(byCommitment);
    for (const commitment of new Set([...ofA!.keys(), ...ofB!.keys()])) {
      const layers = [ofA!.get(commitment), ofB!.get(commitment)];
      const isShared = isSame(commitment, a, b);
      this.#pairs.set(commitment, { layers, isShared });
    }
    this.#isNothing = [...this.#pairs.values()].every(({ layers }) => layers.includes(undefined));
  }

  /** Snapshots whose indexes list what only one of the trees has. */
  get differing(): DifferingLayer[] {
    if (this.#isNothing) return [];
    return [...this.#pairs].filter(([, { isShared }]) => !isShared).map(([receipt, { layers }]) => {
      const some = layers.filter((it) => it !== undefined);
      return { snapshot: some[0]!.snapshot, receipt, isOfOne: some.length === 1 };
    });
  }

  /**
   * Takes note of a path of such an index if only one of the trees has the volume, and returns whether this is so. A path that is
   * gone has no volume.
   */
  note(commitment: string, path: string, volume: number | undefined): boolean {
    const [a, b] = this.#pairs.get(commitment)!.layers;
    const differs = counts(a, volume) !== counts(b, volume);
    if (differs) this.#paths.set(path, 1);
    return differs;
  }

  /** Whether nothing can differ, once all were noted. */
  get isAll(): boolean {
    return !this.#isNothing && this.#paths.size === 0;
  }

  /** Whether a path can differ, once all were noted. */
  canDiffer(path: string): boolean {
    return this.#isNothing || this.#paths.get(path) !== 0;
  }
}

/** Whether a line counts in a tree; what is gone counts only in the tree of the snapshot itself. */
function counts(layer: Layer | undefined, volume: number | undefined): boolean {
  if (layer === undefined) return false;
  return volume === undefined ? layer.receipt === undefined : layer.has(volume);
}

function byCommitment({ receipt, commitment }: Snapshot): Map<string, Layer> {
  return new Map(layersOf(receipt).map((layer) => [layer.receipt ?? commitment, layer]));
}

/** Whether two trees have the same volumes of a snapshot, and what its index lists as gone counts in none of them. */
function isSame(commitment: string, a: Snapshot, b: Snapshot): boolean {
  const [ofA, ofB] = [a, b].map((it) => volumesOf(it, commitment));
  return ofA !== undefined && ofA === ofB;
}

function volumesOf({ receipt, commitment: own }: Snapshot, commitment: string): string | undefined {
  const { needs, volumes, adopted, index } = receipt;
  if (commitment !== own) {
    const needed = needs.find(({ receipt }) => receipt === commitment);
    return needed && JSON.stringify(needed.volumes);
  }
  const all: VolumeRange = [1, volumes.length + adopted.length];
  return index.gone > 0 ? undefined : JSON.stringify([all]);
}
