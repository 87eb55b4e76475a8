import { Numbers } from "../buffers/numbers.ts";
import { buffersOf, type Pack, Packer, unpacked } from "../model/pack.ts";
import type { AttributeStatus } from "../source/entry.ts";
import type { SourceEntry } from "../source/walk.ts";

/** Entries of a walk, put close together. */
export interface SourcePack extends Pack {
  /** For each entry what its inode says besides that. */
  readonly inodes: Float64Array<ArrayBuffer>;
  /** Paths of its files with several names, which hard links may point to. */
  readonly firsts: readonly string[];
  /** Paths that its hard links point to, other than those. */
  readonly targets: readonly string[];
}

/** Numbers for how far the attributes of an entry have been read. */
const STATUSES: readonly (AttributeStatus | undefined)[] = [undefined, "all", "some"];

/** Number for a missing mode. */
const NO_MODE = -1;

/** Returns the buffers to transfer with a pack. */
export function sourceBuffersOf(pack: SourcePack): ArrayBuffer[] {
  return [...buffersOf(pack), pack.inodes.buffer];
}

/** Puts entries of a walk into a pack. */
export class SourcePacker {
  readonly #entries = new Packer();
  readonly #inodes = new Numbers();
  readonly #firsts = new Set<string>();
  readonly #targets = new Set<string>();

  get count(): number {
    return this.#entries.count;
  }

  /** Bytes that the entries take, as a reader will have them. */
  get bytes(): number {
    return this.#entries.bytes;
  }

  add(entry: SourceEntry): void {
    this.#entries.add(entry);
    this.#inodes.add(entry.dev, entry.ino, entry.nlink, entry.ctime);
    this.#inodes.add(STATUSES.indexOf(entry.attributeStatus), entry.statMode ?? NO_MODE);
    if (entry.type === "file" && entry.nlink > 1) this.#firsts.add(entry.path);
    else if (entry.type === "hardlink" && !this.#firsts.has(entry.link!)) this.#targets.add(entry.link!);
  }

  /** All of them. It ends the use of this object. */
  packed(): SourcePack {
    return {
      ...this.#entries.packed(),
      inodes: this.#inodes.take(),
      firsts: [...this.#firsts],
      targets: [...this.#targets],
    };
  }
}

/** Takes them out again, in order and each as it was. */
export function* unpackedSources(pack: SourcePack): Generator<SourceEntry> {
  const { inodes } = pack;
  let at = 0;
  for (const entry of unpacked(pack)) {
    const found: SourceEntry = {
      ...entry,
      file: `/${entry.path}`,
      dev: inodes[at++]!,
      ino: inodes[at++]!,
      nlink: inodes[at++]!,
      ctime: inodes[at++]!,
    };
    const attributeStatus = STATUSES[inodes[at++]!];
    const statMode = inodes[at++]!;
    if (attributeStatus !== undefined) found.attributeStatus = attributeStatus;
    yield statMode === NO_MODE ? found : { ...found, statMode };
  }
}
