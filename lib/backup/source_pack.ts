import { Numbers } from "../buffers/numbers.ts";
import { buffersOf, type Pack, Packer, unpacked } from "../model/pack.ts";
import type { AttributeStatus } from "../source/entry.ts";
import type { SourceEntry } from "../source/walk.ts";

/** Entries of a walk in a compact form. */
export interface SourcePack extends Pack {
  /** Further numbers of the inode of each entry. */
  readonly inodes: Float64Array<ArrayBuffer>;
  /** Paths of its files with several names, which hard links may point to. */
  readonly firsts: readonly string[];
  /** Other paths that its hard links point to. */
  readonly targets: readonly string[];
}

/** Numbers for the completeness of attributes: the index in this list. */
const STATUSES: readonly (AttributeStatus | undefined)[] = [undefined, "all", "some"];

/** Number for a missing mode. */
const NO_MODE = -1;

/** Returns the buffers to transfer with a pack. */
export function sourceBuffersOf(pack: SourcePack): ArrayBuffer[] {
  return [...buffersOf(pack), pack.inodes.buffer];
}

/** Collects entries of a walk into a pack. */
export class SourcePacker {
  readonly #entries = new Packer();
  readonly #inodes = new Numbers();
  readonly #firsts = new Set<string>();
  readonly #targets = new Set<string>();

  get count(): number {
    return this.#entries.count;
  }

  /** Size in bytes of the entries, as in a reader's memory. */
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

  /** Returns the pack of all entries. The packer cannot be used afterwards. */
  packed(): SourcePack {
    return {
      ...this.#entries.packed(),
      inodes: this.#inodes.take(),
      firsts: [...this.#firsts],
      targets: [...this.#targets],
    };
  }
}

/** Entry of a walk that belongs to the caller. */
type Found = { -readonly [Key in keyof SourceEntry]: SourceEntry[Key] };

/** Yields the entries of a pack, in order and unchanged. */
export function* unpackedSources(pack: SourcePack): Generator<SourceEntry> {
  const { inodes } = pack;
  let at = 0;
  for (const entry of unpacked(pack)) {
    const found = entry as Found;
    found.file = `/${entry.path}`;
    found.dev = inodes[at++]!;
    found.ino = inodes[at++]!;
    found.nlink = inodes[at++]!;
    found.ctime = inodes[at++]!;
    const attributeStatus = STATUSES[inodes[at++]!];
    const statMode = inodes[at++]!;
    if (attributeStatus !== undefined) found.attributeStatus = attributeStatus;
    if (statMode !== NO_MODE) found.statMode = statMode;
    yield found;
  }
}
