import type { Entry } from "./entry.ts";
import { PathTable } from "./path_table.ts";
import { printablePath } from "./printable.ts";
import type { Receipt } from "./receipt.ts";

/** Role of an entry of an index in the tree of a snapshot. */
export type Verdict =
  /** In the tree, and can be restored. */
  | "good"
  /** Not in the tree: a layer above has another entry at its path, or lists the path as gone. */
  | "covered"
  /**
   * Hard link whose file has not been listed yet: {@link Judgement.late} decides when all entries were
   * judged.
   */
  | "open"
  /** Not in the tree, which has all announced entries already. */
  | "beyond"
  | Bad;

/** Entry of the tree that cannot be restored. */
export interface Bad {
  /** Reason in words. */
  readonly reason: string;
}

/** States of a path. Paths that are not in the table do not exist. */
const STATE = {
  /** Gone: entries of the layers below are ignored. */
  GONE: 1,
  /** Directory, because there are entries below it. Its own entry may follow. */
  IMPLIED: 2,
  /** Directory, because there are entries below it. Its own entry can no longer follow. */
  CLOSED: 3,
  DIRECTORY: 4,
  FILE: 5,
  /** Anything that is not a directory or a file: no entry can lie below it. */
  OTHER: 6,
} as const;

type State = typeof STATE[keyof typeof STATE];

/** Number of bits of a state. The bits above them contain the group of the entry. */
const STATE_BITS = 3;
const STATE_MASK = (1 << STATE_BITS) - 1;

/** Maximum number of directories that no index lists: those above the declared paths. */
const MAX_UNLISTED = 10_000;

/** Maximum length in bytes of a symbolic link's target: PATH_MAX of Linux without the terminating byte. */
const MAX_TARGET_BYTES = 4095;

/** Length of a path in characters from which on it may have many directories above it. */
const DEEP = 1000;

/**
 * Decides what a snapshot contains, from its indexes. Everything that shows, restores or checks a snapshot
 * asks it about each entry: layer by layer, the uppermost first, in the order of the index. All entries that
 * it calls good can be restored together. A bad entry does not affect others.
 */
export class Judgement {
  readonly #announced: Pick<Receipt, "entries" | "bytes">;
  readonly #places = new PathTable();
  /** Directory that was confirmed last, with all its parents. */
  #directory: string | undefined;
  #unlisted = 0;
  #entries = 0;
  #bytes = 0;

  /**
   * Creates a judgement of one snapshot.
   *
   * @param announced Totals in the receipt for the whole tree. No more entries than these are good.
   */
  constructor(announced: Pick<Receipt, "entries" | "bytes">) {
    this.#announced = announced;
  }

  /** Describes what the receipt announces and the indexes do not list; undefined if they agree. */
  get lack(): string | undefined {
    const { entries, bytes } = this.#announced;
    if (this.#entries !== entries) {
      return `The indexes list ${this.#entries} entries where the receipt announces ${entries}`;
    }
    if (this.#bytes === bytes) return undefined;
    return `The indexes list ${this.#bytes} bytes of content where the receipt announces ${bytes}`;
  }

  /** Records a path that is gone from the layers below. Returns false if it was listed before. */
  gone(path: string): boolean {
    const state = this.#places.get(path);
    if (state !== 0 && state !== STATE.IMPLIED) return false;
    this.#places.set(path, state === 0 ? STATE.GONE : STATE.CLOSED);
    return true;
  }

  /**
   * Records an entry that is lost before it can be judged. If its path is known, other entries at this path
   * are ignored.
   */
  lost(path: string | undefined, reason: string): Verdict {
    if (path !== undefined && !this.gone(path)) return "covered";
    return this.#count() ?? { reason };
  }

  /**
   * Judges the next entry.
   *
   * @param group Layer of the entry, or the part of the layer in which no path occurs twice: a number that
   *   never decreases.
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

  /** Judges a hard link with the verdict `open`, when all entries were judged. */
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

  /**
   * Returns the reason why an entry cannot have this path; undefined if it can. In this case all its parents
   * count as directories from now on.
   */
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

  /**
   * Whether the number of directories above a path is within the limit. Only deep paths are checked one by
   * one.
   */
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
