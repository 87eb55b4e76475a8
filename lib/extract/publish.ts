import { Failure, reason } from "../model/failure.ts";
import { clash } from "./clash.ts";
import type { LostEntry } from "./lost.ts";
import { shown } from "./path.ts";
import { attempt, isBecause, look } from "./system.ts";

/** Staged tree and its destination. */
export interface Staged {
  /** Absolute path of the stage. */
  readonly stage: string;
  /** Absolute path of the directory that receives the content of the stage. */
  readonly target: string;
  /**
   * Path of this directory relative to the target of the restore, with a slash at its end; empty for the
   * target itself.
   */
  readonly below: string;
}

/** Staged file, and the existing one in the target with the same name. */
interface Pair {
  readonly path: string;
  readonly staged: Deno.FileInfo;
  readonly there: Deno.FileInfo | undefined;
}

/** Rights of the owner, without which he can neither read a directory nor move it. */
const RIGHTS = 0o700;

/**
 * Moves everything from stages into their directories. A directory that is missing in the target is moved in
 * one rename with everything below, so the times of directories are kept. Existing directories are merged
 * into, and stay as they are.
 *
 * No other process may change the directories of the target in the meantime. If the process is killed, each
 * file is either in its place or in the stage, complete in both cases: another restore with `overwrite`
 * completes the target.
 *
 * Nothing is synced to disk: the backup still exists, and after a power failure the restore is repeated.
 *
 * It yields after each step. If the caller stops there, the rest stays in the stage.
 *
 * @param stages Stages, the deepest directory first.
 * @param overwrite Whether existing files may be replaced. Entries that cannot replace them then stay in the
 *   stage.
 * @returns Entries that could not be moved, and stay in the stage.
 * @throws {Failure} if a file exists and may not be replaced. Nothing was moved then.
 */
export function* publish(stages: readonly Staged[], overwrite: boolean): Generator<void, LostEntry[]> {
  const left: LostEntry[] = [];
  if (!overwrite) { for (const staged of stages) yield* refuseClashes(staged); }
  for (const staged of stages) yield* moveAll(staged, overwrite, left);
  return left;
}

function* refuseClashes(staged: Staged): Generator<void> {
  for (const [pair, done] of pairs(staged)) {
    if (done) lock(staged.stage, pair);
    else {
      const why = pair.there && clash(pair.staged.isDirectory, pair.there, false);
      if (why) {
        throw new Failure(`Nothing was moved into the target: "${shown(staged.below + pair.path)}" ${why}`);
      }
    }
    yield;
  }
}

function* moveAll(staged: Staged, overwrite: boolean, left: LostEntry[]): Generator<void> {
  for (const [pair, done] of pairs(staged)) {
    if (done || isMerged(pair)) continue;
    try {
      refuseClash(staged, pair, overwrite);
      move(staged, pair);
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
      yield* leave(staged, pair, isBecause(error, "EXDEV") ? ofMount(staged, pair) : reason(error), left);
    }
    yield;
  }
}

function refuseClash({ below }: Staged, { path, staged, there }: Pair, overwrite: boolean): void {
  const why = there && clash(staged.isDirectory, there, overwrite);
  if (why) throw new Failure(`Cannot move "${shown(below + path)}" into its place: it ${why}`);
}

/**
 * Returns the message for a path on which something is mounted, and in which no stage could be created: see
 * `stage_layout.ts`.
 */
function ofMount({ below }: Staged, { path }: Pair): string {
  return `Cannot move "${
    shown(below + path)
  }" into its place: another file system is mounted there, which is read-only, full, or ` +
    "can be changed by others";
}

/** Yields the entries that stay in the stage: an entry and everything below it. */
function* leave(
  { stage, below }: Staged,
  { path, staged }: Pair,
  why: string,
  left: LostEntry[],
): Generator<void> {
  const rest = [{ path, info: staged }];
  for (let at = rest.pop(); at !== undefined; at = rest.pop()) {
    const { path, info } = at;
    const size = info.isFile ? info.size : 0;
    left.push({ path: below + path, size, reason: `${why}; it is in "${stage}"` });
    if (!info.isDirectory) continue;
    unlock(stage, { path, staged: info });
    for (const child of childrenOf(stage, path)) {
      rest.push({ path: child, info: lookAt(stage, child) });
    }
    yield;
  }
}

/**
 * Walks through a stage wherever the directory exists in the target, too. Yields each pair when it is found,
 * and merged directories once more when everything in them is done. Until then their owner has all rights in
 * them. It uses a list instead of recursion, because a host may nest directories very deeply.
 */
function* pairs({ stage, target }: Staged): Generator<[pair: Pair, done: boolean]> {
  const open: { directory?: Pair; readonly rest: string[] }[] = [{ rest: childrenOf(stage, "") }];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const path = top.rest.pop();
    if (path === undefined) {
      open.pop();
      if (top.directory) yield [top.directory, true];
      continue;
    }
    const pair = { path, staged: lookAt(stage, path), there: lookThere(target, path) };
    yield [pair, false];
    if (!isMerged(pair)) continue;
    unlock(stage, pair);
    open.push({ directory: pair, rest: childrenOf(stage, path) });
  }
}

function childrenOf(stage: string, directory: string): string[] {
  const entries = attempt("read", () => [...Deno.readDirSync(`${stage}/${directory}`)], directory);
  return entries.map(({ name }) => directory === "" ? name : `${directory}/${name}`);
}

function lookAt(stage: string, path: string): Deno.FileInfo {
  return attempt("look at", () => Deno.lstatSync(`${stage}/${path}`), path);
}

/**
 * Returns the file at a path of the target; undefined if there is none, or if it cannot be read. In this case
 * the move gives the reason.
 */
function lookThere(target: string, path: string): Deno.FileInfo | undefined {
  try {
    return look(`${target}/${path}`, path);
  } catch (error) {
    if (isBecause(error, "EACCES")) return undefined;
    throw error;
  }
}

function isMerged({ staged, there }: Pair): boolean {
  return staged.isDirectory && there !== undefined && there.isDirectory;
}

function move({ stage, target, below }: Staged, pair: Pair): void {
  const { path } = pair;
  unlock(stage, pair);
  attempt(
    `move "${shown(below + path)}" into its place`,
    () => Deno.renameSync(`${stage}/${path}`, `${target}/${path}`),
  );
  lock(target, pair);
}

type Locked = Pick<Pair, "path" | "staged">;

function unlock(root: string, { path, staged }: Locked): void {
  if (isLocked(staged)) setMode(root, path, staged.mode! | RIGHTS);
}

function lock(root: string, { path, staged }: Locked): void {
  if (isLocked(staged)) setMode(root, path, staged.mode!);
}

function isLocked({ isDirectory, mode }: Deno.FileInfo): boolean {
  return isDirectory && (mode! & RIGHTS) !== RIGHTS;
}

function setMode(root: string, path: string, mode: number): void {
  attempt("set the mode of", () => Deno.chmodSync(`${root}/${path}`, mode & 0o7777), path);
}
