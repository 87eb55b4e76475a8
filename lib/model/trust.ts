/** Which marks of an entry tell whether it has changed; path, type, size, mtime, mode and owner always do. */
export interface Trust {
  readonly inode: boolean;
  readonly ctime: boolean;
}
