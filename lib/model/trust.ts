/** Which numbers show whether an entry has changed, besides its path, type, size, mtime, mode and owner. */
export interface Trust {
  readonly inode: boolean;
  readonly ctime: boolean;
}
