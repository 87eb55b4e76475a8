/**
 * Directories that root works in must not be in the hands of others: whoever can rename a directory or put a link into
 * one decides which file root reads or writes. The rule is that of OpenSSH's StrictModes (sshd_config(5)) and of sudo:
 * the path and every directory above it belong to root or to the user of this process, and neither group nor others can
 * write to them. As in Debian's ssh, a group of the user alone may, which has the same number. In a directory with the sticky bit, such as `/tmp`,
 * what belongs to us cannot be renamed by others, so that is no danger for what lies below.
 *
 * The user who called `sudo` is trusted, as Git does with `safe.directory`: what he owns he could run as root anyway.
 *
 * @module
 */
import { dirname, join } from "node:path/posix";
import { grantedVariable, isGranted } from "./granted.ts";
import { Misuse } from "../model/failure.ts";
import { shellWord } from "../model/shell.ts";

/** Who can change what a path leads to, and where. */
export interface Exposure {
  /** The directory, file or link that is in other hands. */
  readonly path: string;
  /** In words, such as `user 1000 owns it`. */
  readonly why: string;
  /** Command that takes it out of their hands. */
  readonly remedy: string;
}

const STICKY = 0o1000;
const WRITE = { group: 0o020, others: 0o002 } as const;

/** As many as the kernel follows: path_resolution(7). */
const MAX_LINKS = 40;

/**
 * Refuses a path that another user could change, if this process is root's. Other users own what they work in.
 *
 * @param what The object of the message, such as `the state directory`.
 * @throws {Misuse} with the command that helps.
 */
export function refuseExposed(path: string, what: string): void {
  if (user() !== 0) return;
  const found = exposure(path);
  if (found === undefined) return;
  const where = found.path === path ? "" : `of "${found.path}": `;
  throw new Misuse(`Cannot use ${what} "${path}" as root: ${where}${found.why}`, { hint: found.remedy });
}

/**
 * Finds who else could change what a path leads to, whether or not it exists. Links on the way are followed. What the
 * sandbox does not let this process look at counts as safe: `permissions` and `schedule`, which make a host ready, see it.
 */
export function exposure(path: string): Exposure | undefined {
  return exposures(path).next().value ?? undefined;
}

/** Finds all who could change what a path leads to, the highest directory first. */
export function* exposures(path: string): Generator<Exposure, undefined> {
  for (const step of steps(path)) {
    const found = weakness(step);
    if (found !== undefined) yield found;
  }
}

/** Finds a link on the way that another user made, for directories that may be in the hands of others. */
export function foreignLink(path: string): string | undefined {
  return steps(path).find(({ info }) => info.isSymlink && info.uid !== null && !isTrusted(info.uid))?.path;
}

/** Something that the kernel passes on the way along a path. */
interface Step {
  readonly path: string;
  readonly info: Deno.FileInfo;
  /** Whether the path goes on below it. */
  readonly above: boolean;
}

function* steps(path: string): Generator<Step> {
  const rest = namesIn(path);
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

/** The user of this process; null where that is not known. */
function user(): number | null {
  return isGranted({ name: "sys", kind: "uid" }) ? Deno.uid() : null;
}

/** Who called sudo, if anybody did: sudo(8). */
function caller(): number | undefined {
  const uid = grantedVariable("SUDO_UID");
  return uid === undefined || !/^\d+$/.test(uid) ? undefined : Number(uid);
}

/** What this process cannot look at it cannot use either. */
function attempt<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
