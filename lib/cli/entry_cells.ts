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
    owner: ownerOf(user || String(uid), group || String(gid)),
    size: String(size),
    time: timeOf(mtime),
    path: `/${printable(path)}${target}`,
  };
}

/** Owner that was printed last: nearly all entries of a tree have the same. */
const owner = { user: "", group: "", text: "/" };

function ownerOf(user: string, group: string): string {
  if (user !== owner.user || group !== owner.group) {
    Object.assign(owner, { user, group, text: `${printable(user)}/${printable(group)}` });
  }
  return owner.text;
}

/** Times by the minute, with a gap for the seconds: a tree has few, and to format a date takes two microseconds. */
const minutes = new Map<number, readonly [before: string, after: string]>();

/** Largest time that a calendar has, in milliseconds, without its last minute. */
const MAX_TIME = 8.64e15 - 60_000;

/** Maximum number of minutes that are remembered. */
const MAX_MINUTES = 1000;

function timeOf(mtime: number): string {
  if (Math.abs(mtime) > MAX_TIME) return formatSecond(new Date(mtime));
  const minute = Math.floor(mtime / 60_000);
  let known = minutes.get(minute);
  if (known === undefined) {
    const text = formatSecond(new Date(minute * 60_000));
    const at = text.lastIndexOf(":") + 1;
    known = [text.slice(0, at), text.slice(at + 2)];
    if (minutes.size === MAX_MINUTES) minutes.clear();
    minutes.set(minute, known);
  }
  const seconds = Math.floor(mtime / 1000) - minute * 60;
  return `${known[0]}${seconds < 10 ? "0" : ""}${seconds}${known[1]}`;
}
