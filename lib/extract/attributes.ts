import { fchmodSync, fchownSync, futimesSync, lchownSync, lutimesSync } from "node:fs";
import type { Entry } from "../model/entry.ts";
import { countLoss, type Losses } from "./losses.ts";

/** Owner and mode of an entry. */
export type OwnerAndMode = Pick<Entry, "path" | "uid" | "gid" | "mode">;

/** Owner, mode and time of an entry. */
export type Attributes = OwnerAndMode & Pick<Entry, "mtime">;

/** System calls that set the attributes of one file. */
export interface Calls {
  chown(uid: number, gid: number): void;
  chmod(mode: number): void;
  utime(time: Date): void;
}

/**
 * Returns the calls for the file at `place`. It must not be a symlink, and its directory must not be writable
 * by other users.
 */
export function callsAt(place: string): Calls {
  return {
    chown: (uid, gid) => Deno.chownSync(place, uid, gid),
    chmod: (mode) => Deno.chmodSync(place, mode),
    utime: (time) => Deno.utimeSync(place, time, time),
  };
}

/**
 * Returns the calls for an open file at `place`. Times with fractions of a second are set by the path, because
 * `futimes` of Deno 2.9 is wrong by fractions of a millisecond.
 */
export function callsOf(file: number, place: string): Calls {
  return {
    chown: (uid, gid) => fchownSync(file, uid, gid),
    chmod: (mode) => fchmodSync(file, mode),
    utime: (time) => isExact(time) ? futimesSync(file, time, time) : Deno.utimeSync(place, time, time),
  };
}

/** Whether `futimes` sets a time exactly: whole seconds since 1970. */
function isExact(time: Date): boolean {
  const milliseconds = time.getTime();
  return milliseconds >= 0 && milliseconds % 1000 === 0;
}

/** Returns calls for a file system without modes: some accept chmod(2) and ignore it. */
export function withoutModes(calls: Calls): Calls {
  return {
    ...calls,
    chmod: () => {
      throw new Deno.errors.NotSupported("The file system has no modes");
    },
  };
}

/** Bits of set-user-ID and set-group-ID. */
const SET_ID = 0o6000;

/**
 * Highest valid owner. The next number is -1 for chown(2), "leave it unchanged": such an entry would stay our
 * own, with its set-ID bits.
 */
const MAX_ID = 0xffff_fffe;

/**
 * Sets the owner, mode and time of a new file, directory or fifo, in this order: chown(2) clears set-ID bits.
 * If the owner cannot be set, set-ID bits are not set, because the program would run as the user who restores
 * it.
 *
 * Owners are set by number. A name can belong to another user on another machine, and the numbers are those
 * of the host.
 *
 * Refused calls are counted: some file systems have no modes, or only times of whole seconds.
 */
export function setAttributes(calls: Calls, attributes: Attributes, losses: Losses): void {
  setOwnerAndMode(calls, attributes, losses);
  if (!setTime(attributes.mtime, calls.utime)) countLoss(losses, "times", attributes.path);
}

/** Sets only the owner and mode: see {@link setAttributes}. */
export function setOwnerAndMode(calls: Calls, attributes: OwnerAndMode, losses: Losses): void {
  const { path, mode, uid, gid } = attributes;
  const owned = isPermitted(() => calls.chown(uid, gid), attributes);
  if (!owned) countLoss(losses, "owners", path);
  if (!owned && (mode & SET_ID) !== 0) countLoss(losses, "setIds", path);
  if (!isPossible(() => calls.chmod(owned ? mode : mode & ~SET_ID))) countLoss(losses, "modes", path);
}

/** Sets the owner and time of a symlink, which has no mode of its own. */
export function setLinkAttributes(place: string, attributes: Attributes, losses: Losses): void {
  const { path, uid, gid, mtime } = attributes;
  if (!isPermitted(() => lchownSync(place, uid, gid), attributes)) countLoss(losses, "owners", path);
  if (!setTime(linkTime(mtime), (time) => lutimesSync(place, time, time))) countLoss(losses, "times", path);
}

/**
 * Returns a time that can be set for a link: `lutimes` of Deno 2.9 sets a wrong time before 1970 unless it
 * has whole seconds.
 */
function linkTime(mtime: number): number {
  return mtime < 0 ? Math.floor(mtime / 1000) * 1000 : mtime;
}

/**
 * Sets a time. Returns false if this is not possible. A time beyond the range of `Date` is not set, because
 * it would become 1970.
 */
function setTime(mtime: number, utime: (time: Date) => void): boolean {
  const time = new Date(mtime);
  return !Number.isNaN(time.getTime()) && isPossible(() => utime(time));
}

function isPermitted(chown: () => void, { uid, gid }: OwnerAndMode): boolean {
  return uid <= MAX_ID && gid <= MAX_ID && isPossible(chown);
}

/**
 * Runs `call`. Returns false if it fails because only root may change owners, or because the file system does
 * not support the owner, mode or time.
 */
function isPossible(call: () => void): boolean {
  try {
    call();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return false;
  }
}
