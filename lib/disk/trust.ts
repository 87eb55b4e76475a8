/**
 * Checks that other users cannot change the directories that root works in: a user who can rename a directory, or create
 * a link in one, decides which file root reads or writes. The rule is that of OpenSSH's StrictModes (sshd_config(5)) and
 * of sudo: the path and every directory above it belong to root or to the user of this process, and neither group nor
 * others can write to them. As in Debian's ssh, the user's private group, which has the same number, is allowed to write.
 * In a directory with the sticky bit, such as `/tmp`, other users cannot rename our files, so it is safe as a parent.
 *
 * The user who called `sudo` is trusted, as Git does with `safe.directory`: that user can run anything as root anyway.
 *
 * @module
 */
import { dirname, isAbsolute, join } from "node:path/posix";
import { grantedVariable, isGranted } from "./granted.ts";
import { Misuse } from "../model/failure.ts";
import { shellWord } from "../model/shell.ts";

/** Part of a path that another user can change. */
export interface Exposure {
  /** Directory, file or link that another user can change. */
  readonly path: string;
  /** Reason in words, such as `user 1000 owns it`. */
  readonly why: string;
  /** Command that fixes it. */
  readonly remedy: string;
}

const STICKY = 0o1000;
const WRITE = { group: 0o020, others: 0o002 } as const;

/** Maximum number of links that the kernel follows: path_resolution(7). */
const MAX_LINKS = 40;

/**
 * Refuses a path that another user can change, if this process runs as root.
 *
 * @param what Object of the message, such as `the state directory`.
 * @throws {Misuse} if another user can change it; the hint is the command that fixes it.
 */
export function refuseExposed(path: string, what: string): void {
  if (user() !== 0) return;
  const found = exposure(path);
  if (found === undefined) return;
  const where = found.path === absolute(path) ? "" : `of "${found.path}": `;
  throw new Misuse(`Cannot use ${what} "${path}" as root: ${where}${found.why}`, { hint: found.remedy });
}

/**
 * Returns the first part of a path that another user can change, or undefined. The path need not exist; links are
 * followed. Parts that the sandbox does not allow to read count as safe here: `permissions` and `schedule`, which prepare
 * a host, check them.
 */
export function exposure(path: string): Exposure | undefined {
  return exposures(path).next().value ?? undefined;
}

/** Yields all parts of a path that another user can change, from the root downwards. */
export function* exposures(path: string): Generator<Exposure, undefined> {
  for (const step of steps(path)) {
    const found = weakness(step);
    if (found !== undefined) yield found;
  }
}

/** Returns the first link in a path that another user created, or undefined. For directories that others may own. */
export function foreignLink(path: string): string | undefined {
  return steps(path).find(({ info }) => info.isSymlink && info.uid !== null && !isTrusted(info.uid))?.path;
}

/**
 * Returns the first link in a path that another user created, if this process runs as root; otherwise
 * undefined, because other users own the directories that they work in.
 */
export function linkPlantedForRoot(path: string): string | undefined {
  return user() === 0 ? foreignLink(path) : undefined;
}

/** File that the kernel visits when it resolves a path. */
interface Step {
  readonly path: string;
  readonly info: Deno.FileInfo;
  /** Whether it is a parent of the target. */
  readonly above: boolean;
}

function* steps(path: string): Generator<Step> {
  const rest = namesIn(absolute(path));
  let at = "/";
  let links = 0;
  yield* stepAt(at, rest.length > 0);
  while (rest.length > 0) {
    const name = rest.shift()!;
    const next = name === ".." ? dirname(at) : join(at, name);
    const [step] = stepAt(next, rest.length > 0);
    if (step !== undefined) yield step;
    if (step?.info.isSymlink && ++links <= MAX_LINKS) {
      const target = attempt(() => Deno.readLinkSync(next)) ?? "";
      rest.unshift(...namesIn(target));
      if (target.startsWith("/")) at = "/";
    } else at = next;
  }
}

/** Returns a path from the root. Without permission to find out the current directory no relative path can be used either. */
function absolute(path: string): string {
  return isAbsolute(path) ? path : join(attempt(() => Deno.cwd()) ?? "/", path);
}

function stepAt(path: string, above: boolean): Step[] {
  const info = isGranted({ name: "read", path }) ? attempt(() => Deno.lstatSync(path)) : undefined;
  return info === undefined ? [] : [{ path, info, above }];
}

function namesIn(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

function weakness({ path, info, above }: Step): Exposure | undefined {
  const { uid, gid, mode } = info;
  if (uid === null || gid === null || mode === null) return undefined;
  if (!isTrusted(uid)) {
    return { path, why: `user ${uid} owns it`, remedy: `chown -h root ${shellWord(path)}` };
  }
  if (info.isSymlink || (above && (mode & STICKY) !== 0)) return undefined;
  const remedy = `chmod go-w ${shellWord(path)}`;
  if ((mode & WRITE.others) !== 0) return { path, why: "all users can write to it", remedy };
  if ((mode & WRITE.group) === 0 || isTrusted(gid)) return undefined;
  return { path, why: `group ${gid} can write to it`, remedy };
}

function isTrusted(uid: number): boolean {
  return uid === 0 || uid === user() || uid === caller();
}

/** Returns the user of this process; null if unknown. */
function user(): number | null {
  return isGranted({ name: "sys", kind: "uid" }) ? Deno.uid() : null;
}

/** Returns the user who called sudo; undefined without sudo: sudo(8). */
function caller(): number | undefined {
  const uid = grantedVariable("SUDO_UID");
  return uid === undefined || !/^\d+$/.test(uid) ? undefined : Number(uid);
}

/** Returns undefined for an error: a path that this process cannot read it cannot use either. */
function attempt<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
