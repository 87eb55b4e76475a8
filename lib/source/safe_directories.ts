import { statfsSync } from "node:fs";
import { isGranted } from "../disk/granted.ts";

const STICKY = 0o1000;
const WRITE_OF_OTHERS = 0o022;

/**
 * Types of file systems whose directories only this system's kernel changes, by their numbers in linux/magic.h and as
 * statfs(2) returns them. On others, a server or a program of another user can replace any file.
 */
const LOCAL: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x5846_5342, // XFS
  0x9123_683e, // Btrfs
  0x0102_1994, // tmpfs
  0x794c_7630, // overlay
  0xf2f5_2010, // F2FS
  0x2fc1_2fc1, // ZFS
  0xca45_1a4e, // bcachefs
  0x7371_7368, // SquashFS
]);

/**
 * Finds the directories in which no other user can replace a file: they and all directories above them belong to root or
 * to the user of this process, neither group nor others can write to them, and they are on a local disk. With an ACL, the
 * bits of the group show the most that it grants (acl(5)). A directory above may have the sticky bit, such as `/tmp`.
 *
 * Judgements are kept, so an object is for a short time.
 */
export class SafeDirectories {
  readonly #users: ReadonlySet<number>;
  readonly #typeOf: (path: string) => number;
  /** Judgements of directories with directories in them. */
  readonly #above = new Map<string, boolean>();
  readonly #devices = new Map<number, boolean>();
  #last: string | undefined;
  #isSafe = false;

  /**
   * Creates an object without judgements.
   *
   * @param typeOf Returns the number of the file system that holds a path. The default needs the permission `sys=statfs`.
   */
  constructor(typeOf: (path: string) => number = statfsType) {
    this.#typeOf = typeOf;
    this.#users = new Set(isGranted({ name: "sys", kind: "uid" }) ? [0, Deno.uid() ?? 0] : [0]);
  }

  /** Whether no other user can replace the file. Consecutive files of one directory are fastest. */
  hold(file: string): boolean {
    const directory = parentOf(file);
    if (directory !== this.#last) {
      this.#last = directory;
      this.#isSafe = this.#judge(directory, false);
    }
    return this.#isSafe;
  }

  /** Whether no other user can replace the directory, which belongs to root or to the user of this process. */
  #holdsDirectory(path: string): boolean {
    const directory = parentOf(path);
    let isSafe = this.#above.get(directory);
    if (isSafe === undefined) this.#above.set(directory, isSafe = this.#judge(directory, true));
    return isSafe;
  }

  /** Judges a directory and those above it. `isAbove`: it counts only for a directory in it. */
  #judge(directory: string, isAbove: boolean): boolean {
    // Every path begins with the root, and a host where others can write to it cannot be helped.
    if (!isGranted({ name: "read", path: directory })) return directory === "/";
    try {
      const { isDirectory, uid, mode, dev } = Deno.lstatSync(directory);
      const isOurs = isDirectory && this.#users.has(uid!);
      const isShared = (mode! & WRITE_OF_OTHERS) !== 0 && !(isAbove && (mode! & STICKY) !== 0);
      if (!isOurs || isShared || !this.#isLocal(dev, directory)) return false;
      return directory === "/" || this.#holdsDirectory(directory);
    } catch {
      return false; // it is gone
    }
  }

  #isLocal(dev: number, path: string): boolean {
    let isLocal = this.#devices.get(dev);
    if (isLocal === undefined) this.#devices.set(dev, isLocal = LOCAL.has(this.#typeOf(path)));
    return isLocal;
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function statfsType(path: string): number {
  return statfsSync(path).type;
}
