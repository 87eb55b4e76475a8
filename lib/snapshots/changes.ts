import { sameAttributes } from "../model/attributes.ts";
import type { Entry } from "../model/entry.ts";
import { compareUtf8 } from "../model/utf8_order.ts";

/** Property of an entry that differs. */
export type Difference = "type" | "content" | "link" | "device" | "mode" | "owner" | "time" | "attributes";

/** Path that differs between two trees. */
export interface Change {
  readonly path: string;
  /** Entry in the first tree; undefined if it was added. */
  readonly before: Entry | undefined;
  /** Entry in the second tree; undefined if it was removed. */
  readonly after: Entry | undefined;
  /** Differences, if both trees have the path. */
  readonly differences: readonly Difference[];
}

/** Returns what differs between two trees, in the order of the paths. */
export function changesBetween(
  before: ReadonlyMap<string, Entry>,
  after: ReadonlyMap<string, Entry>,
): Change[] {
  const changes: Change[] = [];
  for (const [path, entry] of before) {
    const other = after.get(path);
    const differences = other === undefined ? [] : differencesOf(entry, other);
    if (other === undefined || differences.length > 0) {
      changes.push({ path, before: entry, after: other, differences });
    }
  }
  for (const [path, entry] of after) {
    if (!before.has(path)) changes.push({ path, before: undefined, after: entry, differences: [] });
  }
  return changes.sort((a, b) => compareUtf8(a.path, b.path));
}

/** Bytes of content that a change has brought, or that were removed: 0 if the content is the same. */
export function bytesOf({ before, after, differences }: Change): number {
  if (before === undefined || after === undefined) return (after ?? before)!.size;
  return differences.includes("content") || differences.includes("type") ? after.size : 0;
}

function differencesOf(a: Entry, b: Entry): Difference[] {
  const is: Record<Difference, boolean> = {
    type: a.type !== b.type,
    content: a.type === b.type && !sameContent(a, b),
    link: a.type === b.type && a.link !== b.link,
    device: a.device?.major !== b.device?.major || a.device?.minor !== b.device?.minor,
    mode: a.mode !== b.mode,
    owner: a.uid !== b.uid || a.gid !== b.gid || a.user !== b.user || a.group !== b.group,
    time: a.mtime !== b.mtime,
    attributes: !sameAttributes(a, b),
  };
  return (Object.keys(is) as Difference[]).filter((difference) => is[difference]);
}

/** Content is the same if size and SHA-256 are; where an index has no SHA-256, if size and time are. */
function sameContent(a: Entry, b: Entry): boolean {
  if (a.size !== b.size) return false;
  if (a.sha256 !== undefined && b.sha256 !== undefined) return a.sha256 === b.sha256;
  return a.type !== "file" || a.mtime === b.mtime;
}
