import { Failure } from "../model/failure.ts";
import { callsAt, setAttributes } from "./attributes.ts";
import { clash } from "./clash.ts";
import { noLosses } from "./losses.ts";
import type { LostEntry } from "./lost.ts";
import { shown } from "./path.ts";
import { attempt, isLostAlone, look } from "./system.ts";

/** The move of a staged tree into the directory that it is staged in. */
export interface Publication {
  readonly stage: string;
  readonly target: string;
  /** Device of the target. */
  readonly device: number;
  /** When the stage was made, by the clock of the file system. */
  readonly since: Date;
  /** Whether what is there may be replaced; directories that are there then take owner, mode and time of the staged. */
  readonly overwrite: boolean;
}

/** Something staged, and what is in the target under its name. */
interface Pair {
  readonly path: string;
  readonly staged: Deno.FileInfo;
  readonly there: Deno.FileInfo | undefined;
}

/** Without them its owner can neither look into a directory nor move it. */
const RIGHTS = 0o700;

/**
 * Moves everything out of the stage into the target. What is missing there moves in one rename with all that is
 * below, so that the times of directories survive; directories that are there are merged into.
 *
 * The target's own directories are taken to be changed by nobody else meanwhile. A process killed in between leaves
 * each file either in its place or in the stage, whole in either case: restoring once more with `overwrite` and
 * removing the stage sets it right.
 *
 * Nothing is forced to disk: the backup stays where it is, and a restore that a power cut follows is done again.
 *
 * It stops after each thing, and need not be taken up again. What was not moved then stays in the stage.
 *
 * @returns What the system refused to move, and stays in the stage.
 * @throws {Failure} when something is in the way: then nothing was moved.
 */
export function* publish(publication: Publication): Generator<void, LostEntry[]> {
  const left: LostEntry[] = [];
  for (const [pair, done] of pairs(publication)) {
    if (done) lock(publication.stage, pair);
    else refuseClash(publication, pair);
    yield;
  }
  for (const [pair, done] of pairs(publication)) {
    if (done) finish(publication, pair);
    else if (!isMerged(pair)) moveOrLeave(publication, pair, left);
    yield;
  }
  return left;
}

function moveOrLeave(publication: Publication, pair: Pair, left: LostEntry[]): void {
  const { path, staged } = pair;
  try {
    move(publication, pair);
  } catch (error) {
    if (!isLostAlone(error)) throw error;
    left.push({ path, size: staged.size, reason: `${error.message}; it is in "${publication.stage}"` });
  }
}

/**
 * Goes through the stage wherever a directory is there too: each pair is given when it is met, and directories that are
 * merged once more when all in them is done. Until then their owner has all rights in them. A list of its own instead
 * of recursion, since a host may put directories into each other until paths become too long.
 */
function* pairs(publication: Publication): Generator<[pair: Pair, done: boolean]> {
  const open: { directory?: Pair; readonly rest: string[] }[] = [{ rest: childrenOf(publication, "") }];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const path = top.rest.pop();
    if (path === undefined) {
      open.pop();
      if (top.directory) yield [top.directory, true];
      continue;
    }
    const pair = pairOf(publication, path);
    yield [pair, false];
    if (!isMerged(pair)) continue;
    unlock(publication.stage, pair);
    open.push({ directory: pair, rest: childrenOf(publication, path) });
  }
}

function childrenOf({ stage }: Publication, directory: string): string[] {
  const entries = attempt(`read "${shown(directory)}"`, () => [...Deno.readDirSync(`${stage}/${directory}`)]);
  return entries.map(({ name }) => directory === "" ? name : `${directory}/${name}`);
}

function pairOf({ stage, target }: Publication, path: string): Pair {
  const staged = attempt(`look at "${shown(path)}"`, () => Deno.lstatSync(`${stage}/${path}`));
  return { path, staged, there: look(`${target}/${path}`, path) };
}

function refuseClash(publication: Publication, { path, staged, there }: Pair): void {
  const why = there && clash(staged.isDirectory, there, publication);
  if (why) throw new Failure(`Nothing was moved into the target: "${shown(path)}" ${why}`);
}

function isMerged({ staged, there }: Pair): boolean {
  return staged.isDirectory && there !== undefined;
}

function move({ stage, target }: Publication, pair: Pair): void {
  const { path } = pair;
  unlock(stage, pair);
  attempt(
    `move "${shown(path)}" into its place`,
    () => Deno.renameSync(`${stage}/${path}`, `${target}/${path}`),
  );
  lock(target, pair);
}

/** All has come into a directory that was there: now its time can be set. */
function finish(publication: Publication, { path, staged }: Pair): void {
  if (!publication.overwrite || isUnfinished(publication, staged)) return;
  const attributes = {
    uid: staged.uid!,
    gid: staged.gid!,
    mode: staged.mode! & 0o7777,
    mtime: staged.mtime!.getTime(),
  };
  setAttributes(callsAt(`${publication.target}/${path}`), attributes, noLosses());
}

/**
 * Whether a directory was only made for what is below: its own entry was never finished, so it has the mode that it
 * was made with and the time of what was put into it last. To say so of a finished one, its entry would have to
 * come from the future, and then a directory that is there keeps what it has.
 */
function isUnfinished({ since }: Publication, staged: Deno.FileInfo): boolean {
  return (staged.mode! & 0o777) === 0o700 && staged.mtime! >= since;
}

function unlock(root: string, { path, staged }: Pair): void {
  if (isLocked(staged)) setMode(root, path, staged.mode! | RIGHTS);
}

function lock(root: string, { path, staged }: Pair): void {
  if (isLocked(staged)) setMode(root, path, staged.mode!);
}

function isLocked({ isDirectory, mode }: Deno.FileInfo): boolean {
  return isDirectory && (mode! & RIGHTS) !== RIGHTS;
}

function setMode(root: string, path: string, mode: number): void {
  attempt(`set the mode of "${shown(path)}"`, () => Deno.chmodSync(`${root}/${path}`, mode & 0o7777));
}
