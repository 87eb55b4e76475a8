import { aclBytes } from "../model/acl.ts";
import type { FileAttributes } from "./setfattr.ts";

/** Name of the attribute that contains the access ACL on Linux: acl(5). */
export const ACCESS_ACL = "system.posix_acl_access";
/** Name of the attribute that contains the default ACL of a directory on Linux: acl(5). */
export const DEFAULT_ACL = "system.posix_acl_default";

/** Value of an ACL without entries. Setting it removes the existing one. */
const NO_ACL = new Uint8Array([2, 0, 0, 0]).toBase64();

/**
 * Returns attributes that remove the default ACL of a directory, which everything created in it would
 * inherit.
 */
export function noDefaultAcl(place: string): FileAttributes {
  return { place, values: [[DEFAULT_ACL, NO_ACL]] };
}

/**
 * Returns attributes that give a directory a mode and remove its ACLs. chmod(2) alone would change the mask
 * of an existing ACL, and so grant its rights.
 */
export function modeAlone(place: string, mode: number): FileAttributes {
  return { place, values: [[ACCESS_ACL, aclBytes(aclOfMode(mode)).toBase64()], [DEFAULT_ACL, NO_ACL]] };
}

function aclOfMode(mode: number): string {
  const bits = (at: number): string =>
    ["r", "w", "x"].map((letter, place) => (mode >> at) & (4 >> place) ? letter : "-").join("");
  return `user::${bits(6)},group::${bits(3)},other::${bits(0)}`;
}
