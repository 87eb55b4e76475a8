/**
 * Numbers that show whether an entry has changed, in addition to its path, type, size, mtime, mode and owner.
 */
export interface Trust {
  readonly inode: boolean;
  readonly ctime: boolean;
}
