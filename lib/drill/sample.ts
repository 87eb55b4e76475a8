import type { DrillSettings } from "../config/drill.ts";
import type { Entry } from "../model/entry.ts";
import { Best } from "./best.ts";
import type { Random } from "./random.ts";

/** Reason why an entry is in a sample. */
export type Draw = "always" | "dump" | "largest" | "newest" | "layer" | "count" | "bytes" | "link target";

/** An entry of a sample. */
export interface Drawn {
  readonly entry: Entry;
  readonly draw: Draw;
}

/** Sample of a snapshot, and the size of the rest. */
export interface Sample {
  readonly drawn: readonly Drawn[];
  /** Paths of `drill.always` that the snapshot does not have. */
  readonly missing: readonly string[];
  /** Number of entries that could be drawn or are in the sample. */
  readonly entries: number;
  /** Bytes of their content. */
  readonly bytes: number;
  /** Number of files that are larger than the limit, and so are never drawn. */
  readonly tooLarge: number;
}

/** Limits of a sample. */
export type SampleLimits = Pick<DrillSettings, "always" | "files" | "bytes">;

/** Candidates for the largest and the newest file: the first one may be larger than what is left of the limit. */
const CANDIDATES = 10;

/** A layer of a tree, of which one entry is drawn. */
interface LayerPick {
  count: number;
  random: Entry;
  smallest: Entry;
}

/**
 * Draws a sample of a tree whose entries are seen one by one, in one pass and with little memory. It holds what must always
 * be there, one file by its size, one entry of each layer, the largest and the newest file, some entries with equal chances,
 * and some files with chances by their sizes. Each entry that fits the limit of bytes can be drawn.
 *
 * Many fields because each way of drawing has its own candidates.
 */
export class Sampler {
  readonly #limits: SampleLimits;
  readonly #random: Random;
  readonly #always: ReadonlySet<string>;
  readonly #found = new Map<string, Entry>();
  readonly #layers = new Map<string, LayerPick>();
  readonly #largest = new Best<Entry>(CANDIDATES);
  readonly #newest = new Best<Entry>(CANDIDATES);
  readonly #byCount: Best<Entry>;
  readonly #byBytes: Best<Entry>;
  #entries = 0;
  #bytes = 0;
  #tooLarge = 0;

  constructor(limits: SampleLimits, random: Random) {
    this.#limits = limits;
    this.#random = random;
    this.#always = new Set(limits.always.map(memberPath));
    this.#byCount = new Best(limits.files);
    this.#byBytes = new Best(limits.files);
  }

  /**
   * Looks at an entry. The order of the entries must be the same for the same sample.
   *
   * @param layer Snapshot whose volumes hold it; undefined for a hard link that no volume holds.
   */
  see(entry: Entry, layer: string | undefined): void {
    if (entry.type === "char" || entry.type === "block") return; // never restored
    this.#entries += 1;
    this.#bytes += entry.size;
    if (this.#always.has(entry.path)) this.#found.set(entry.path, entry);
    if (entry.size > this.#limits.bytes) return void (this.#tooLarge += 1);
    if (layer !== undefined) this.#seeInLayer(entry, layer);
    this.#byCount.add(this.#random.next(), entry);
    if (entry.type !== "file") return;
    this.#largest.add(-entry.size, entry);
    this.#newest.add(-entry.mtime, entry);
    // The lowest of exponential variables, each with its weight as rate, is one with a chance in proportion to its weight.
    if (entry.size > 0) this.#byBytes.add(-Math.log(this.#random.next()) / entry.size, entry);
  }

  #seeInLayer(entry: Entry, layer: string): void {
    const pick = this.#layers.get(layer);
    if (pick === undefined) {
      this.#layers.set(layer, { count: 1, random: entry, smallest: entry });
      return;
    }
    pick.count += 1;
    if (this.#random.below(pick.count) === 0) pick.random = entry;
    if (entry.size < pick.smallest.size) pick.smallest = entry;
  }

  /** Returns the sample when all entries have been seen. */
  sample(): Sample {
    const drawn = new Map<string, Drawn>();
    for (const entry of this.#found.values()) drawn.set(entry.path, { entry, draw: "always" });
    let left = this.#limits.bytes;
    const add = (entry: Entry, draw: Draw): boolean => {
      if (drawn.has(entry.path)) return true;
      if (entry.size > left) return false;
      left -= entry.size;
      drawn.set(entry.path, { entry, draw });
      return true;
    };
    // The first draw has the whole limit: so each file can be drawn, however large others are.
    for (const entry of this.#byBytes.items.slice(0, 1)) add(entry, "bytes");
    for (const { random, smallest } of this.#layers.values()) {
      if (!add(random, "layer")) add(smallest, "layer");
    }
    this.#largest.items.find((entry) => add(entry, "largest"));
    this.#newest.items.find((entry) => add(entry, "newest"));
    for (const entry of this.#byCount.items) add(entry, "count");
    for (const entry of this.#byBytes.items) add(entry, "bytes");
    return {
      drawn: [...drawn.values()],
      missing: [...this.#always].filter((path) => !this.#found.has(path)),
      entries: this.#entries,
      bytes: this.#bytes,
      tooLarge: this.#tooLarge,
    };
  }
}

/** `etc/hosts` for `/etc/hosts`. */
function memberPath(path: string): string {
  return path.replace(/^\/+/, "");
}
