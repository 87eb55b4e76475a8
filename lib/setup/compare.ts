import { Buffer } from "node:buffer";
import type { Selection } from "../model/selection.ts";
import { sameEntry } from "../model/entry.ts";
import type { Entry } from "../model/entry.ts";
import { type Content, openSource } from "../source/read.ts";
import { type SourceEntry, walk } from "../source/walk.ts";

const CHUNK = 256 * 1024;

/** Difference between a restored tree and its source. */
export interface Difference {
  /** Path relative to the root of the tree. */
  readonly path: string;
  /** Difference in words, such as `was not restored`. */
  readonly what: string;
}

/**
 * Yields the differences between a source tree and its copy below `restored`: names, types, contents, modes, links and
 * times in milliseconds. Holds the entries of the restored tree in memory.
 *
 * @param owners Whether to compare owners, which only root can restore.
 */
export function* compare(selection: Selection, restored: string, owners: boolean): Generator<Difference> {
  const found = restoredEntries(restored);
  for (const entry of walk(selection, () => {})) {
    const other = found.get(entry.path);
    found.delete(entry.path);
    if (other === undefined) yield { path: entry.path, what: "was not restored" };
    else if (!sameEntry(comparable(entry, owners), comparable(other, owners))) {
      yield { path: entry.path, what: "differs" };
    } else if (entry.type === "file" && !sameContent(entry, other)) {
      yield { path: entry.path, what: "has other content" };
    }
  }
  const onTheWay = (path: string): boolean =>
    selection.paths.some((declared) => declared.startsWith(`/${path}/`));
  for (const path of found.keys()) {
    if (!onTheWay(path)) yield { path, what: "is not in the source" };
  }
}

function restoredEntries(restored: string): Map<string, SourceEntry> {
  const everything: Selection = {
    paths: [restored],
    exclude: [],
    excludeIfPresent: [],
    excludeCaches: false,
    oneFileSystem: false,
    maxFileSize: undefined,
  };
  const prefix = restored.replace(/^\/+/, "") + "/";
  const inside = (path: string): string => path.startsWith(prefix) ? path.slice(prefix.length) : "";
  const found = new Map<string, SourceEntry>();
  for (const entry of walk(everything, () => {})) {
    const path = inside(entry.path);
    const link = entry.type === "hardlink" ? { link: inside(entry.link!) } : {};
    if (path !== "") found.set(path, { ...entry, ...link, path });
  }
  return found;
}

function comparable(entry: Entry, owners: boolean): Entry {
  return owners ? entry : { ...entry, uid: 0, gid: 0, user: "", group: "" };
}

function sameContent(a: SourceEntry, b: SourceEntry): boolean {
  const one = openSource(a, () => {});
  const other = openSource(b, () => {});
  try {
    const [left, right] = [new Uint8Array(CHUNK), new Uint8Array(CHUNK)];
    for (;;) {
      const length = one ? fill(one, left) : 0;
      if (length !== (other ? fill(other, right) : 0)) return false;
      if (length === 0) return one !== undefined && other !== undefined;
      if (Buffer.compare(left.subarray(0, length), right.subarray(0, length)) !== 0) return false;
    }
  } finally {
    one?.close();
    other?.close();
  }
}

function fill(content: Content, into: Uint8Array): number {
  let length = 0;
  for (let read = -1; read !== 0 && length < into.length; length += read) {
    read = content.read(into.subarray(length));
  }
  return length;
}
