import { Failure } from "../model/failure.ts";

/** Whom a program is run as. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/**
 * Finds a user in a text of the form of `/etc/passwd` (man 5 passwd).
 *
 * @throws {Failure} where there is none of the name: one who is known to a directory service alone is not found.
 */
export function findUser(name: string, passwd: string): User {
  for (const line of passwd.split("\n")) {
    const [found, , uid = "", gid = "", , home = ""] = line.split(":");
    if (found === name && /^\d+$/.test(uid) && /^\d+$/.test(gid)) {
      return { name, uid: Number(uid), gid: Number(gid), home };
    }
  }
  throw new Failure(`There is no user "${name}" in /etc/passwd`, {
    hint: "Name a local user of this machine",
  });
}
