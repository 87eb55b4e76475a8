import { Failure } from "../model/failure.ts";

/** User that a program runs as. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/**
 * Returns a user from the text of `/etc/passwd` (passwd(5)).
 *
 * @throws {Failure} if there is no such user. Users of a directory service are not found.
 */
export function findUser(name: string, passwd: string): User {
  for (const line of passwd.split("\n")) {
    const [found, , uid = "", gid = "", , home = ""] = line.split(":");
    if (found === name && /^\d+$/.test(uid) && /^\d+$/.test(gid)) {
      return { name, uid: Number(uid), gid: Number(gid), home };
    }
  }
  throw new Failure(`Cannot find the user "${name}" in /etc/passwd`, {
    hint: "Set a local user of this machine",
  });
}
