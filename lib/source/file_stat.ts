import { fstatSync } from "node:fs";

/** Size in bytes of a block in the result of `stat`: inode(7). */
export const BLOCK = 512;

/** Properties of a file that show which file it is, and what its entry contains. */
export interface FileStat {
  readonly isFile: boolean;
  readonly dev: number;
  readonly ino: number | null;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Size of its content in bytes. */
  readonly size: number;
  /** Blocks of 512 bytes that it uses on its disk. */
  readonly blocks: number;
  /** Whole milliseconds, as in an entry: 0 for a time beyond the range of `Date`, and never -0. */
  readonly mtime: number;
}

/** Returns the `lstat` of a path. */
export function statOfPath(path: string): FileStat {
  const { isFile, dev, ino, mode, uid, gid, size, blocks, mtime } = Deno.lstatSync(path);
  // On Linux no field is null.
  return {
    isFile,
    dev,
    ino,
    mode: mode!,
    uid: uid!,
    gid: gid!,
    size,
    blocks: blocks!,
    mtime: mtime?.getTime() || 0,
  };
}

/** Returns the `fstat` of an open file: 10 µs and 5 KB of garbage, against 4 µs and 1 KB of {@link statOfPath}. */
export function statOfDescriptor(descriptor: number): FileStat {
  const stat = fstatSync(descriptor);
  const { dev, ino, mode, uid, gid, size, blocks, mtimeMs } = stat;
  return { isFile: stat.isFile(), dev, ino, mode, uid, gid, size, blocks, mtime: mtimeMs || 0 };
}

/** Whether two results belong to the same file. */
export function isSameFile(
  one: { readonly dev: number; readonly ino: number | null },
  other: { readonly dev: number; readonly ino: number | null },
): boolean {
  return one.ino === other.ino && one.dev === other.dev;
}
