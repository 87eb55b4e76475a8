import { statfsSync } from "node:fs";
import type { Trust } from "../model/trust.ts";
import type { SourceEntry } from "./entry.ts";

const ALL: Trust = { inode: true, ctime: true };

/**
 * File systems that make something up, so that it is other after the next mount though nothing was changed: by their
 * numbers in linux/magic.h, as statfs(2) gives them.
 *
 * Inodes: those that have none on their disk, or that count what the other side calls by names.
 *
 * Ctimes: FAT and exFAT keep none; they report the mtime, in exFAT until it is read again what was only in memory (Linux,
 * fs/exfat/inode.c, exfat_fill_inode; commit 0f9d148167c5 for FAT). AFS has none in its protocol: the kernel concocts them
 * (commit 793fe82ee33a). In FUSE they are whatever the program behind it says: of replicas of Gluster each reports its own
 * (gluster/glusterfs#494), and a backup that believes them sends everything every time (restic/restic#2499).
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
 * Returns which numbers of entries can be trusted, by what is mounted there. Asks once for each device.
 *
 * @param typeOf the number of the file system that holds a path; by default it takes the permission `sys=statfs`.
 */
export function trustByMount(typeOf: (path: string) => number = statfsType): (entry: SourceEntry) => Trust {
  const known = new Map<number, Trust>();
  return ({ dev, file, type }) => {
    let trust = known.get(dev);
    if (trust === undefined) {
      // A symlink would be followed, perhaps to another file system.
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
