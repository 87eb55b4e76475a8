import { closeSync, constants, openSync } from "node:fs";
import type { ReportTrouble, Trouble } from "../model/trouble.ts";
import type { SourceEntry } from "./entry.ts";
import { type Content, FileContent } from "./file_content.ts";
import { type FileStat, isSameFile, statOfDescriptor, statOfPath } from "./file_stat.ts";
import type { SafeDirectories } from "./safe_directories.ts";
import { isBusy, replaced, systemCodeOf, troubleOf, troubleSince } from "./trouble.ts";

export type { Content } from "./file_content.ts";

// A fifo that took the file's place must not hold up the run. Under limited permissions Deno 2.9 resolves symlinks
// itself, which makes O_NOFOLLOW void: what counts is that the opened file is one that lstat knows by this name.
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOATIME } = constants;
const FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;

/**
 * Opens the file that `entry`, of type `file`, was created from.
 *
 * The size and time of this moment are used, not those of the walk. If the file has one name and was replaced by another
 * file of the same owner, the new file is read, and this is reported. Any other replacement is not read: it may lead to a
 * secret of another owner, or, if other names wait for the content of the old file, have other content.
 *
 * @param busy Called instead of `report` if a later attempt may succeed.
 * @param safe Directories in which the path of an open file can be relied on. Default: none.
 * @returns undefined if the file cannot be read, which is reported as `vanished` or `unread`.
 */
export function openSource(
  entry: SourceEntry,
  report: ReportTrouble,
  busy?: () => void,
  safe?: SafeDirectories,
): Content | undefined {
  let descriptor: number | undefined;
  try {
    const isSafe = safe?.hold(entry.file) ?? false;
    descriptor = open(entry.file);
    const known = isSafe ? unchanged(entry) : undefined;
    if (known !== undefined) return new FileContent(entry, descriptor, known, report);
    const stat = statOfDescriptor(descriptor);
    if (isUnchanged(stat, entry) || isNewVersion(stat, entry)) {
      if (!isSameFile(stat, entry)) report({ kind: "changed", path: entry.file, reason: REPLACED });
      return new FileContent(entry, descriptor, stat, report);
    }
    report(replaced(entry.file));
  } catch (error) {
    if (busy && isBusy(error)) busy();
    else report(troubleSince(entry.file, error, (now) => now.isFile));
  }
  if (descriptor !== undefined) closeSync(descriptor);
  return undefined;
}

/**
 * Returns the `lstat` of an entry's path if it equals that of the walk. In a directory where no other user can replace the
 * file, it is that of the opened file, and takes a third of the time of an `fstat`.
 */
function unchanged(entry: SourceEntry): FileStat | undefined {
  try {
    const stat = statOfPath(entry.file);
    return isUnchanged(stat, entry) ? stat : undefined;
  } catch {
    return undefined; // the name is gone; the file is still open
  }
}

/**
 * Opens `file` to find out whether it can be read. Returns the problem; undefined if there is none, or only for a moment:
 * opening a file begins to break a lease.
 */
export function troubleOpening(file: string): Trouble | undefined {
  try {
    closeSync(open(file));
    return undefined;
  } catch (error) {
    return isBusy(error) ? undefined : troubleOf(file, error);
  }
}

const REPLACED = "another file took its place before it was read, and was read instead";

function isUnchanged(stat: FileStat, entry: SourceEntry): boolean {
  return stat.isFile && isSameFile(stat, entry) && stat.uid === entry.uid && stat.size === entry.size &&
    stat.mtime === entry.mtime;
}

/**
 * Whether a walk would now find the opened file under the name of `entry`. The inode number alone proves little, because the
 * system reuses the number of a deleted file at once.
 */
function isNewVersion(stat: FileStat, entry: SourceEntry): boolean {
  return stat.isFile && stat.uid === entry.uid && (entry.nlink === 1 || isSameFile(stat, entry)) &&
    isSameFile(stat, Deno.lstatSync(entry.file));
}

/**
 * Opens a file to be read.
 *
 * Only its owner and root may read it without changing the access time: open(2).
 */
export function open(file: string): number {
  try {
    return openSync(file, FLAGS | O_NOATIME);
  } catch (error) {
    if (systemCodeOf(error) !== "EPERM") throw error;
    return openSync(file, FLAGS);
  }
}
