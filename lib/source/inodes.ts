import { statfsSync } from "node:fs";
import type { SourceEntry } from "./entry.ts";

// File systems that make inodes up, so that the next mount gives other ones: linux/magic.h, statfs(2). A change of
// everything else still tells.
const MADE_UP: ReadonlySet<number> = new Set([
  0x4d44, // FAT
  0x2011_bab0, // exFAT
  0x6573_5546, // FUSE
  0x0102_1997, // 9P
  0xff53_4d42, // CIFS
  0xfe53_4d42, // SMB 2
  0x517b, // SMB
]);

/** Tells of entries whether their inodes mean anything. Asks once for each device; needs the permission `sys=statfs`. */
export function inodesCount(): (entry: SourceEntry) => boolean {
  const known = new Map<number, boolean>();
  return ({ dev, file, type }) => {
    let count = known.get(dev);
    if (count === undefined) {
      // A symlink would be followed, perhaps to another file system.
      if (type === "symlink") return true;
      known.set(dev, count = !MADE_UP.has(typeOf(file)));
    }
    return count;
  };
}

function typeOf(file: string): number {
  try {
    return statfsSync(file).type;
  } catch {
    return 0; // nobody can tell: at worst an entry is sent that did not change
  }
}
