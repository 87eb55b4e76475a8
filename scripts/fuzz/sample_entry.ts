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

/** Attributes of samples: a file's with each kind, and a directory's. */
export const ATTRIBUTES = {
  file: {
    acl: "user::rw-,user:65534:r--,group::r--,mask::r--,other::---",
    xattrs: { "security.capability": "AAAAAgAgAAAAAAAAAAAAAAAAAAA=", "user.a=b%": "", "user.ä": "AAo=" },
  },
  directory: {
    acl: "user::rwx,group::r-x,other::r-x",
    defaultAcl: "user::rwx,group::r-x,group:4:rwx,mask::rwx,other::r-x",
  },
} as const;
