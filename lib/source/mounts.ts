import { isGranted } from "../disk/granted.ts";
import { statfsSync } from "node:fs";
import type { Stat } from "./entry.ts";
import { words } from "./trouble.ts";

/**
 * Directories of the kernel, which are left out by name. Deno does not allow a process with limited
 * permissions even to `lstat` them, and they contain nothing but data that the kernel makes up.
 */
const KERNEL_DIRECTORIES: readonly string[] = ["/dev", "/proc", "/sys"];

/** Whether `path` is one of the {@link KERNEL_DIRECTORIES}. */
export function isKernelDirectory(path: string): boolean {
  return KERNEL_DIRECTORIES.includes(path);
}

/** Result of `lstat` that is stored for a directory of the kernel: an empty directory as a mount point. */
export const KERNEL_DIRECTORY: Stat = {
  isFile: false,
  isDirectory: true,
  isSymlink: false,
  size: 0,
  mode: 0o040755,
  uid: 0,
  gid: 0,
  mtime: new Date(0),
  birthtime: null,
  ctime: null,
  dev: 0,
  ino: 0,
  nlink: 2,
  rdev: 0,
  blocks: null,
};

// File systems that hold no data of their own: linux/magic.h, statfs(2).
const PSEUDO: ReadonlyMap<number, string> = new Map([
  [0x9fa0, "proc"],
  [0x6265_6572, "sysfs"],
  [0x0027_e0eb, "cgroup"],
  [0x6367_7270, "cgroup2"],
  [0x6462_6720, "debugfs"],
  [0x7472_6163, "tracefs"],
  [0x7363_6673, "securityfs"],
  [0x6165_676c, "pstore"],
  [0xcafe_4a11, "bpf"],
  [0x6265_6570, "configfs"],
  [0x1980_0202, "mqueue"],
  [0x1cd1, "devpts"],
  [0x9584_58f6, "hugetlbfs"],
  [0xde5e_81e4, "efivarfs"],
  [0x4249_4e4d, "binfmt_misc"],
  [0x0187, "autofs"],
  [0x6573_5543, "fusectl"],
  [0x6e73_6673, "nsfs"],
  [0x6759_6969, "rpc_pipefs"],
  [0xf97c_ff8c, "selinuxfs"],
  [0x4341_5d53, "smackfs"],
]);

/** File system at a path: one with data, a pseudo file system (with its name), or unknown. */
export type Mounted =
  | { readonly kind: "data" }
  | { readonly kind: "pseudo"; readonly name: string }
  | { readonly kind: "unknown"; readonly reason: string };

/** Mounted file systems. Asks once for each device. Needs the permission `sys=statfs`. */
export class Mounts {
  readonly #known = new Map<number, Mounted>();

  /** Returns the file system at `path`, which is on device `dev`. */
  at(path: string, dev: number): Mounted {
    let mounted = this.#known.get(dev);
    if (mounted === undefined) this.#known.set(dev, mounted = ask(path));
    return mounted;
  }
}

function ask(path: string): Mounted {
  try {
    const name = PSEUDO.get(statfsSync(path).type);
    return name === undefined ? { kind: "data" } : { kind: "pseudo", name };
  } catch (error) {
    return { kind: "unknown", reason: words(error) };
  }
}

/**
 * Location of a path: on a mount of its own, or on the file system of its parent. If the parent cannot be
 * read, as in a sandbox: on the file system of `/etc`, or on another one.
 */
export type MountPlace = "mount" | "parent" | "apart" | "root" | "unknown";

/** Returns the location of a path on device `dev`. */
export function placeOf(path: string, dev: number): MountPlace {
  if (path === "/") return "mount";
  const parent = deviceOf(path.slice(0, path.lastIndexOf("/")) || "/");
  if (parent !== undefined) return parent === dev ? "parent" : "mount";
  const root = deviceOf("/etc/passwd");
  if (root === undefined) return "unknown";
  return root === dev ? "root" : "apart";
}

/** Whether something is mounted on a directory; undefined if it is no directory or cannot be read. */
export function hasMount(path: string): boolean | undefined {
  try {
    const { isDirectory, dev } = Deno.lstatSync(path);
    return isDirectory ? placeOf(path, dev) === "mount" : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Returns the device of a path; undefined if it cannot be read. A path that the sandbox does not allow is not
 * asked for.
 */
function deviceOf(path: string): number | undefined {
  try {
    return isGranted({ name: "read", path }) ? Deno.lstatSync(path).dev : undefined;
  } catch {
    return undefined;
  }
}
