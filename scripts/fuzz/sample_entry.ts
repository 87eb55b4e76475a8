/** What the entries of samples have in common: a file of root's, of a whole second. */
export const COMMON = {
  size: 0,
  mode: 0o644,
  uid: 0,
  gid: 0,
  user: "root",
  group: "root",
  mtime: 1_700_000_000_000,
} as const;
