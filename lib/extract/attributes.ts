import { lchownSync, lutimesSync } from "node:fs";
import type { Entry } from "../model/entry.ts";
import type { Losses } from "./losses.ts";

/** Owner, mode and time of an entry. */
export type Attributes = Pick<Entry, "uid" | "gid" | "mode" | "mtime">;

/** The system calls that set them of one thing. */
export interface Calls {
  chown(uid: number, gid: number): void;
  chmod(mode: number): void;
  utime(time: Date): void;
}

/** Those of what is at `path`: not a symlink, in a directory that nobody else can change. */
export function callsAt(path: string): Calls {
  return {
    chown: (uid, gid) => Deno.chownSync(path, uid, gid),
    chmod: (mode) => Deno.chmodSync(path, mode),
    utime: (time) => Deno.utimeSync(path, time, time),
  };
}

/** Set-user-ID and set-group-ID. */
const SET_ID = 0o6000;

/** The highest owner. One more is -1 to chown(2), "leave it as it is": such an entry would stay ours, set-ID bits and all. */
const MAX_ID = 0xffff_fffe;

/**
 * Gives a file, directory or fifo of ours its owner, mode and time, in that order: chown(2) takes set-ID bits away,
 * and with a wrong owner they must not be there, since the program would run as whoever restores it.
 *
 * Owners are set by number. A name means somebody else on another machine, and the numbers are what the host had.
 *
 * What the file system does not take is counted: there are some without modes, or with times of whole seconds.
 */
export function setAttributes(calls: Calls, attributes: Attributes, losses: Losses): void {
  const { mode } = attributes;
  const owned = isPermitted(() => calls.chown(attributes.uid, attributes.gid), attributes);
  if (!owned) losses.owners++;
  if (!owned && (mode & SET_ID) !== 0) losses.setIds++;
  if (!isPossible(() => calls.chmod(owned ? mode : mode & ~SET_ID))) losses.modes++;
  if (!setTime(attributes.mtime, calls.utime)) losses.times++;
}

/** Gives a symlink its owner and time; it has no mode of its own. */
export function setLinkAttributes(path: string, attributes: Attributes, losses: Losses): void {
  if (!isPermitted(() => lchownSync(path, attributes.uid, attributes.gid), attributes)) losses.owners++;
  if (!setTime(linkTime(attributes.mtime), (time) => lutimesSync(path, time, time))) losses.times++;
}

/** `lutimes` of Deno 2.9 splits a negative time wrongly unless it is of whole seconds. */
function linkTime(mtime: number): number {
  return mtime < 0 ? Math.floor(mtime / 1000) * 1000 : mtime;
}

/** A time beyond what a date can hold would be set to 1970. */
function setTime(mtime: number, utime: (time: Date) => void): boolean {
  const time = new Date(mtime);
  return !Number.isNaN(time.getTime()) && isPossible(() => utime(time));
}

function isPermitted(chown: () => void, { uid, gid }: Attributes): boolean {
  return uid <= MAX_ID && gid <= MAX_ID && isPossible(chown);
}

/** Only root may give files away, and not every file system takes every owner, mode or time. */
function isPossible(call: () => void): boolean {
  try {
    call();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return false;
  }
}
