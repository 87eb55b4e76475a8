import type { Walked } from "./stat_signature.ts";

/**
 * Maximum number of files that are remembered: any user can create files whose other names are never walked.
 * Links to further files are re-sent.
 */
const MAX_FILES = 200_000;

/** Volume of an entry that is sent by this run: newer than all known volumes. */
export const NEW_VOLUME = Infinity;

interface LinkedFile {
  /** Number of its other names that the walk has not found yet. */
  left: number;
  /** Volume that contains the file; undefined until its attributes are read. */
  volume: number | undefined;
}

/** Files with several names that a scan has found, each with the volume that contains its content. */
export class LinkedFiles {
  readonly #files = new Map<string, LinkedFile>();

  /**
   * Records an entry if it is a file with several names. Its volume is undefined until its attributes are
   * read.
   */
  meet({ type, path, nlink }: Walked, volume: number | undefined): void {
    if (type !== "file" || nlink <= 1 || this.#files.size >= MAX_FILES) return;
    this.#files.set(path, { left: nlink - 1, volume });
  }

  /** Sets the volume of a file whose attributes have been read. */
  settle(path: string, volume: number): void {
    const file = this.#files.get(path);
    if (file !== undefined) file.volume = volume;
  }

  /** Whether the attributes of a file must still be read. */
  isOpen(path: string): boolean {
    const file = this.#files.get(path);
    return file !== undefined && file.volume === undefined;
  }

  /**
   * Returns the volume of the file that a hard link points to. Call it once for each link, because it counts
   * the names.
   */
  volumeOf(target: string): number {
    const file = this.#files.get(target);
    if (file === undefined) return NEW_VOLUME;
    if (--file.left === 0) this.#files.delete(target);
    return file.volume ?? NEW_VOLUME;
  }
}
