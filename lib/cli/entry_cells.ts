import type { Entry } from "../model/entry.ts";
import { printable } from "../model/printable.ts";
import { formatMode, formatSecond } from "./format.ts";

/** Properties of an entry as they are printed in rows. */
export interface EntryCells {
  readonly mode: string;
  readonly owner: string;
  readonly size: string;
  readonly time: string;
  /** With the target of a link. */
  readonly path: string;
}

/** Returns the cells of an entry. */
export function entryCells(
  { type, mode, user, uid, group, gid, size, mtime, path, link }: Entry,
): EntryCells {
  const target = link === undefined ? "" : `${type === "hardlink" ? " = /" : " -> "}${printable(link)}`;
  return {
    mode: formatMode(type, mode),
    owner: `${printable(user || String(uid))}/${printable(group || String(gid))}`,
    size: String(size),
    time: formatSecond(new Date(mtime)),
    path: `/${printable(path)}${target}`,
  };
}
