import { aclBytes } from "../model/acl.ts";
import type { FileAttributes } from "./setfattr.ts";

/** Names of the attributes by which Linux shows ACLs: acl(5). */
export const ACCESS_ACL = "system.posix_acl_access";
/** See {@link ACCESS_ACL}. */
export const DEFAULT_ACL = "system.posix_acl_default";

/** An ACL without entries: to set it removes the one that there is. */
const NO_ACL = new Uint8Array([2, 0, 0, 0]).toBase64();

/** Returns what removes the default ACL of a directory, which everything that is made in it would inherit. */
export function noDefaultAcl(place: string): FileAttributes {
  return { place, values: [[DEFAULT_ACL, NO_ACL]] };
}

/** Returns what gives a directory a mode, and removes its ACLs: chmod(2) alone would open an old ACL by its mask. */
export function modeAlone(place: string, mode: number): FileAttributes {
  return { place, values: [[ACCESS_ACL, aclBytes(aclOfMode(mode)).toBase64()], [DEFAULT_ACL, NO_ACL]] };
}

function aclOfMode(mode: number): string {
  const bits = (at: number): string =>
    ["r", "w", "x"].map((letter, place) => (mode >> at) & (4 >> place) ? letter : "-").join("");
  return `user::${bits(6)},group::${bits(3)},other::${bits(0)}`;
}
