import { type Entry, isMemberPath } from "./entry.ts";
import { COUNT, type IndexLine, isCount, isId, isOwner, TEXT, TIME } from "./index_line.ts";

/**
 * Matches the lines of files and directories without attributes and escapes, which are nearly all. What it matches has all keys in
 * their order, and numbers, modes and digests in their only form.
 */
const USUAL = new RegExp(
  `^{"volume":${COUNT},"path":${TEXT},"type":(?:"file","size":${COUNT}|"directory","size":0),"mode":"[0-7]{4}",` +
    `"uid":${COUNT},"gid":${COUNT},"user":${TEXT},"group":${TEXT},"mtime":${TIME}` +
    `(?:,"sha256":"[0-9a-f]{64}")?(?:,"sparse":true)?}$`,
);

/** Line that {@link USUAL} matches. */
type Usual = { readonly volume: number; readonly mode: string } & Omit<Entry, "mode">;

/**
 * Parses the usual line of an index in half the time that {@link decodeAnyLine} takes, with the same result.
 *
 * @returns undefined for any other line, good or bad.
 */
export function decodeUsualLine(text: string): IndexLine | undefined {
  if (!USUAL.test(text)) return undefined;
  const { volume, path, type, size, mode, uid, gid, user, group, mtime, sha256, sparse } = JSON.parse(
    text,
  ) as Usual;
  const isFile = type === "file";
  const isGood = isCount(volume) && volume !== 0 && isMemberPath(path) && isCount(size) && isId(uid) &&
    isId(gid) &&
    isOwner(user) && isOwner(group) && Number.isSafeInteger(mtime);
  if (!isGood || (!isFile && (sha256 ?? sparse) !== undefined)) return undefined;
  const entry: { -readonly [Key in keyof Entry]: Entry[Key] } = {
    path,
    type,
    size,
    mode: parseInt(mode, 8),
    uid,
    gid,
    user,
    group,
    mtime,
  };
  if (sha256 !== undefined) entry.sha256 = sha256;
  if (sparse !== undefined) entry.sparse = sparse;
  return { volume, entry };
}
