import * as v from "schema";
import { type Entry, isMemberPath, MAX_PATH_BYTES } from "./entry.ts";
import { Damage } from "./failure.ts";

/** The version of the index that this code writes, and the only one that it reads. */
export const INDEX_FORMAT = "nightdrop-index/1";

/** The longest line of an index that a reader takes: two paths with every byte escaped, and the rest. */
export const MAX_INDEX_LINE = 2 * 6 * MAX_PATH_BYTES + 4096;

/** One line of an index: an entry and the number of the volume that holds it, or a path that is gone. */
export type IndexLine =
  | { readonly volume: number; readonly entry: Entry; readonly gone?: never }
  | { readonly gone: string };

/** The first line, which ties an index to its snapshot. */
export function indexHeader(host: string, snapshot: string): string {
  return JSON.stringify({ format: INDEX_FORMAT, host, snapshot }) + "\n";
}

/** A line for one entry. The mode is octal, as people write it. */
export function encodeIndexLine(volume: number, entry: Entry): string {
  return JSON.stringify({ volume, ...entry, mode: entry.mode.toString(8).padStart(4, "0") }) + "\n";
}

/** A line for a path that older volumes hold and that is no more. */
export function encodeGoneLine(path: string): string {
  return JSON.stringify({ gone: path }) + "\n";
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const id = v.pipe(count, v.maxValue(0xffff_ffff));
const owner = v.pipe(v.string(), v.maxLength(1000));
const path = v.pipe(v.string(), v.check(isMemberPath, "not a path that can be restored"));
const target = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(MAX_PATH_BYTES),
  v.check((text) => !text.includes("\0")),
);
const common = {
  volume: v.pipe(count, v.minValue(1)),
  path,
  mode: v.pipe(v.string(), v.regex(/^[0-7]{4}$/)),
  uid: id,
  gid: id,
  user: owner,
  group: owner,
  mtime: v.pipe(v.number(), v.safeInteger()),
};
const nothing = v.literal(0);
const device = v.strictObject({ major: id, minor: id });

const line = v.variant("type", [
  v.strictObject({ ...common, type: v.literal("file"), size: count }),
  v.strictObject({ ...common, type: v.literal("directory"), size: nothing }),
  v.strictObject({ ...common, type: v.literal("fifo"), size: nothing }),
  v.strictObject({ ...common, type: v.literal("symlink"), size: nothing, link: target }),
  v.strictObject({ ...common, type: v.literal("hardlink"), size: nothing, link: path }),
  v.strictObject({ ...common, type: v.literal("char"), size: nothing, device }),
  v.strictObject({ ...common, type: v.literal("block"), size: nothing, device }),
]);

const goneLine = v.strictObject({ gone: path });

/**
 * Reads a line of an index and refuses what {@link encodeIndexLine} and {@link encodeGoneLine} would not have written.
 *
 * @throws {Damage} when it is not such a line.
 */
export function decodeIndexLine(text: string): IndexLine {
  if (text.startsWith(GONE)) return wellFormed(v.safeParse(goneLine, parse(text), { abortEarly: true }));
  const { volume, mode, ...rest } = wellFormed(v.safeParse(line, parse(text), { abortEarly: true }));
  return { volume, entry: { ...rest, mode: parseInt(mode, 8) } };
}

/** How each line of a path that is gone begins. */
const GONE = '{"gone":';

function wellFormed<T extends v.GenericSchema>(result: v.SafeParseResult<T>): v.InferOutput<T> {
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new Damage(
    `A line of the index is not well formed at "${v.getDotPath(issue) ?? ""}": ${issue.message}`,
  );
}

/**
 * Checks the first line of an index.
 *
 * @throws {Damage} when the index is of another snapshot or format.
 */
export function checkIndexHeader(text: string, host: string, snapshot: string): void {
  if (text + "\n" !== indexHeader(host, snapshot)) {
    throw new Damage(`The index is not that of snapshot ${snapshot} of ${host}`);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Damage("A line of the index is not JSON");
  }
}
