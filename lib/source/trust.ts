import { statfsSync } from "node:fs";
import type { Trust } from "../model/trust.ts";
import type { SourceEntry } from "./entry.ts";

const ALL: Trust = { inode: true, ctime: true };

/**
 * File systems that make up inode numbers or ctimes, which therefore differ after the next mount although
 * nothing was changed. The keys are their numbers in linux/magic.h, as statfs(2) returns them.
 *
 * Inodes: file systems without inodes on their disk, or that number what the other side identifies by names.
 *
 * Ctimes: FAT and exFAT store none. They report the mtime; exFAT reports, until the inode is read again, a
 * value that was only in memory (Linux, fs/exfat/inode.c, exfat_fill_inode; commit 0f9d148167c5 for FAT). AFS
 * has none in its protocol, so the kernel makes them up (commit 793fe82ee33a). With FUSE they depend on the
 * program behind it: each replica of Gluster reports its own (gluster/glusterfs#494), and a backup that
 * relies on them sends everything every time (restic/restic#2499).
 */
const PARTLY: ReadonlyMap<number, Trust> = new Map([
  [0x4d44, { inode: false, ctime: false }], // FAT
  [0x2011_bab0, { inode: false, ctime: false }], // exFAT
  [0x6573_5546, { inode: false, ctime: false }], // FUSE
  [0x6b41_4653, { inode: true, ctime: false }], // AFS
  [0x0102_1997, { inode: false, ctime: true }], // 9P
  [0xff53_4d42, { inode: false, ctime: true }], // CIFS
  [0xfe53_4d42, { inode: false, ctime: true }], // SMB 2
  [0x517b, { inode: false, ctime: true }], // SMB
]);

/**
 * Returns a function that reports which numbers of an entry can be trusted, by its file system. Asks once for
 * each device.
 *
 * @param typeOf Returns the number of the file system that holds a path. The default needs the permission
 *   `sys=statfs`.
 */
export function trustByMount(typeOf: (path: string) => number = statfsType): (entry: SourceEntry) => Trust {
  const known = new Map<number, Trust>();
  return ({ dev, file, type }) => {
    let trust = known.get(dev);
    if (trust === undefined) {
      // statfs follows a symlink, perhaps to another file system.
      if (type === "symlink") return ALL;
      known.set(dev, trust = PARTLY.get(typeOf(file)) ?? ALL);
    }
    return trust;
  };
}

function statfsType(path: string): number {
  try {
    return statfsSync(path).type;
  } catch {
    return 0; // unknown: at worst an unchanged entry is sent
  }
}
