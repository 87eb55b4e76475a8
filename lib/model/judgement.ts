import type { Entry } from "./entry.ts";
import { PathTable } from "./path_table.ts";
import { printablePath } from "./printable.ts";
import type { Receipt } from "./receipt.ts";

/** What an entry of an index is to the tree of a snapshot. */
export type Verdict =
  /** It is in the tree and can be restored. */
  | "good"
  /** It is not in the tree: a layer above has another at its path, or lists the path as gone. */
  | "covered"
  /** A hard link whose file has not come yet: {@link Judgement.late} judges it when all entries have been judged. */
  | "open"
  /** The tree has all entries that were announced already. */
  | "beyond"
  | Bad;

/** An entry of the tree that cannot be restored. */
export interface Bad {
  /** The reason, in words. */
  readonly reason: string;
}

/** What is at a path; what is not in the table is not there. */
const STATE = {
  /** Gone: nothing of the layers below counts. */
  GONE: 1,
  /** A directory by what lies below it. Its own entry may come later. */
  IMPLIED: 2,
  /** Likewise, but its entry cannot come any more. */
  CLOSED: 3,
  DIRECTORY: 4,
  FILE: 5,
  /** Something else, which nothing can lie below. */
  OTHER: 6,
} as const;

type State = typeof STATE[keyof typeof STATE];

/** States have three bits; the number of the group of the entry stands above them. */
const STATE_BITS = 3;
const STATE_MASK = (1 << STATE_BITS) - 1;

/** Directories that no index lists, at most: those above the declared paths. */
const MAX_UNLISTED = 10_000;

/** The most bytes of a symbolic link's target: PATH_MAX of Linux without the byte that ends a text. */
const MAX_TARGET_BYTES = 4095;

/** A path of so many characters may have many directories above it. */
const DEEP = 1000;

/**
 * The one judgement of what a snapshot holds, by its indexes: all that shows, restores or checks a snapshot asks it of each
 * entry, layer by layer with the uppermost first, and in each in the order of the index. What it calls good can be restored
 * beside everything else that it calls good. A bad entry loses itself alone.
 */
export class Judgement {
  readonly #announced: Pick<Receipt, "entries" | "bytes">;
  readonly #places = new PathTable();
  /** A directory that is known to be one, as are all above it. */
  #directory: string | undefined;
  #unlisted = 0;
  #entries = 0;
  #bytes = 0;

  /** @param announced Figures of the receipt for the whole tree. No more entries than that are good. */
  constructor(announced: Pick<Receipt, "entries" | "bytes">) {
    this.#announced = announced;
  }

  /** What the receipt announces and the indexes do not list, in words; undefined where they agree. */
  get lack(): string | undefined {
    const { entries, bytes } = this.#announced;
    if (this.#entries !== entries) {
      return `The indexes list ${this.#entries} entries where the receipt announces ${entries}`;
    }
    if (this.#bytes === bytes) return undefined;
    return `The indexes list ${this.#bytes} bytes of content where the receipt announces ${bytes}`;
  }

  /** Takes note of a path that is gone from the layers below; false where it was listed before. */
  gone(path: string): boolean {
    const state = this.#places.get(path);
    if (state !== 0 && state !== STATE.IMPLIED) return false;
    this.#places.set(path, state === 0 ? STATE.GONE : STATE.CLOSED);
    return true;
  }

  /** Takes note of an entry that is lost before it can be judged; of its path, where it is known, nothing else counts. */
  lost(path: string | undefined, reason: string): Verdict {
    if (path !== undefined && !this.gone(path)) return "covered";
    return this.#count() ?? { reason };
  }

  /**
   * Judges the next entry.
   *
   * @param group the entry's layer, or the part of it in which no path is twice: a number that never becomes less.
   */
  judge(entry: Entry, group: number): Verdict {
    const { path, type, size } = entry;
    const known = this.#places.get(path);
    const state = known & STATE_MASK;
    if (state !== 0 && state !== STATE.IMPLIED) {
      return known >>> STATE_BITS === group ? this.#count() ?? { reason: "it is listed twice" } : "covered";
    }
    if (this.#count()) return "beyond";
    const reason = this.#flaw(entry, state === STATE.IMPLIED);
    if (reason === undefined) this.#bytes += size;
    const kept = state === STATE.IMPLIED ? STATE.CLOSED : STATE.OTHER;
    this.#places.set(path, (group << STATE_BITS) | (reason === undefined ? stateOf(type) : kept));
    if (reason !== undefined) return { reason };
    return type === "hardlink" && !this.#isFile(entry.link!) ? "open" : "good";
  }

  /** Judges a hard link that was left open, when all entries have been judged. */
  late({ link }: Entry): "good" | Bad {
    if (this.#isFile(link!)) return "good";
    return { reason: `it is a hard link to "${printablePath(link!)}", which is not a file of the snapshot` };
  }

  #count(): "beyond" | undefined {
    if (this.#entries === this.#announced.entries) return "beyond";
    this.#entries += 1;
    return undefined;
  }

  #flaw({ path, type, size, link }: Entry, hasChildren: boolean): string | undefined {
    if (type === "symlink" && isTooLong(link!)) return `no symbolic link can hold its target`;
    const above = this.#notDirectory(path);
    if (above !== undefined) return above;
    if (hasChildren && type !== "directory") return `it is not a directory, but other entries lie below it`;
    if (this.#bytes + size <= this.#announced.bytes) return undefined;
    return `with it there is more content than the ${this.#announced.bytes} bytes that the receipt announces`;
  }

  /** Why the path cannot lie where it does; undefined where it can: then all above it are directories from now on. */
  #notDirectory(path: string): string | undefined {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    if (parent === "" || parent === this.#directory) return undefined;
    if (!this.#isBounded(path)) return "it lies in directories that no index lists";
    const end = this.#places.above(path, (known) => {
      const state = known & STATE_MASK;
      if (state === 0) return this.#unlisted += 1, STATE.IMPLIED;
      if (state === STATE.GONE) return known - STATE.GONE + STATE.CLOSED;
      return state < STATE.FILE ? known : undefined;
    });
    if (end !== undefined) {
      return `it lies below "${printablePath(path.slice(0, end))}", which is not a directory`;
    }
    this.#directory = parent;
    return undefined;
  }

  /** Whether there is room for the directories above a path. Only deep ones are worth a look at each. */
  #isBounded(path: string): boolean {
    const most = this.#announced.entries + MAX_UNLISTED;
    if (path.length < DEEP && this.#unlisted < most) return true;
    let unlisted = this.#unlisted;
    this.#places.above(path, (known) => {
      if (known === 0) unlisted += 1;
      return known;
    });
    return unlisted <= most;
  }

  #isFile(path: string): boolean {
    return (this.#places.get(path) & STATE_MASK) === STATE.FILE;
  }
}

function isTooLong(target: string): boolean {
  return target.length * 3 > MAX_TARGET_BYTES && new TextEncoder().encode(target).length > MAX_TARGET_BYTES;
}

function stateOf(type: Entry["type"]): State {
  if (type === "directory") return STATE.DIRECTORY;
  return type === "file" ? STATE.FILE : STATE.OTHER;
}
