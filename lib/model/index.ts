import type { Entry } from "./entry.ts";
import { isMemberPath } from "./entry.ts";
import { Damage } from "./failure.ts";
import {
  decodeAnyLine,
  flawOf,
  type IndexLine,
  MODE_AND_OWNER,
  octalMode,
  type Shape,
} from "./index_line.ts";
import { decodeUsualLine } from "./usual_line.ts";

export { encodeGoneLine, encodeIndexLine } from "./index_line.ts";

/** Version of the index that this code writes. */
const INDEX_FORMAT = "nightdrop-index/3";

/** Previous version, which is read as well: it has no SHA-256 of files. */
const FORMER_FORMAT = "nightdrop-index/2";

/** First version, which is read as well: it has no attributes and no directories above the declared paths either. */
const FIRST_FORMAT = "nightdrop-index/1";

/** Directory above a declared path. It is no entry of the tree: a restore creates it if it is missing. */
export type AboveDirectory = Pick<Entry, "path" | "mode" | "uid" | "gid" | "user" | "group">;

/** Maximum number of directories above declared paths in an index. */
export const MAX_ABOVE = 1000;

/** Maximum total length of their paths in characters. */
export const MAX_ABOVE_CHARACTERS = 64 * 1024;

/** Content of the first line of an index, besides host and snapshot. */
export interface IndexHeader {
  /** Directories above the declared paths, parents before children. */
  readonly above: readonly AboveDirectory[];
}

/** Returns the first line of an index, which binds it to its snapshot. */
export function indexHeader(host: string, snapshot: string, above: readonly AboveDirectory[] = []): string {
  return headerLine(INDEX_FORMAT, host, snapshot, above);
}

function headerLine(
  format: string,
  host: string,
  snapshot: string,
  above: readonly AboveDirectory[],
): string {
  const listed = above.map(({ path, mode, uid, gid, user, group }) => (
    { path, mode: octalMode(mode), uid, gid, user, group }
  ));
  return JSON.stringify({ format, host, snapshot, above: listed }) + "\n";
}

/**
 * Reads the first line of an index.
 *
 * @throws {Damage} if the index is of another snapshot or format.
 */
export function decodeIndexHeader(text: string, host: string, snapshot: string): IndexHeader {
  if (text === JSON.stringify({ format: FIRST_FORMAT, host, snapshot })) return { above: [] };
  const above = aboveIn(text);
  const isOf = (format: string): boolean => `${text}\n` === headerLine(format, host, snapshot, above ?? []);
  if (above !== undefined && (isOf(INDEX_FORMAT) || isOf(FORMER_FORMAT))) return { above };
  throw new Damage(`The index is not that of snapshot ${snapshot} of ${host}`);
}

const ABOVE: Shape = [
  ["path", (it): boolean => typeof it === "string" && isMemberPath(it)],
  ...MODE_AND_OWNER,
];

/** Returns the directories that a line lists; undefined if it is malformed. */
function aboveIn(text: string): AboveDirectory[] | undefined {
  const listed = valueOf(text)?.above;
  if (!Array.isArray(listed) || listed.length > MAX_ABOVE) return undefined;
  if (listed.some((it) => flawOf(it, ABOVE) !== undefined)) return undefined;
  const all = listed.map(({ mode, ...rest }) => ({ ...rest, mode: parseInt(mode, 8) }) as AboveDirectory);
  return isOrdered(all) ? all : undefined;
}

function valueOf(text: string): { readonly above?: unknown } | undefined {
  try {
    return Object(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Whether no path occurs twice, and each listed parent comes before its children. */
function isOrdered(all: readonly AboveDirectory[]): boolean {
  const places = new Map(all.map(({ path }, at) => [path, at]));
  return places.size === all.length &&
    all.every(({ path }, at) => (places.get(path.slice(0, Math.max(0, path.lastIndexOf("/")))) ?? -1) < at);
}

/**
 * Parses a line of an index, and refuses any line that {@link encodeIndexLine} and {@link encodeGoneLine} do
 * not write.
 *
 * @throws {Damage} if the line is malformed.
 */
export function decodeIndexLine(text: string): IndexLine {
  return decodeUsualLine(text) ?? decodeAnyLine(text);
}
