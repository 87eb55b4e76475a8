/**
 * Trees as data: a description that can be written to disk, and that a directory on disk can be held against.
 *
 *     const tree = directory({
 *       "notes.txt": file("hello", { mode: 0o600, mtime: 1_700_000_000_123 }),
 *       "same.txt": hardlink("notes.txt"),
 *       sub: directory({ here: symlink("../notes.txt") }, { mode: 0o700 }),
 *       pipe: fifo(),
 *     });
 *     writeTree(root, tree);
 *     assertTree(root, tree);
 *
 * Of attributes (mode, owner, time) only those that a description states are compared.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { closeSync, lchownSync, lutimesSync, openSync, readSync } from "node:fs";

export interface Attributes {
  /** Permission bits. */
  readonly mode?: number;
  /** Milliseconds since 1970. */
  readonly mtime?: number;
  readonly uid?: number;
  readonly gid?: number;
}

export type Node = Attributes & Thing;

export type Thing =
  | { readonly type: "file"; readonly content: Uint8Array }
  | { readonly type: "directory"; readonly holds: Holds }
  | { readonly type: "symlink"; readonly target: string }
  /** Another name of the file at `path`, which is relative to the root of the tree. */
  | { readonly type: "hardlink"; readonly path: string }
  | { readonly type: "fifo" };

export type Holds = Readonly<Record<string, Node>>;

export function file(content: string | Uint8Array = "", attributes: Attributes = {}): Node {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return { type: "file", content: bytes, ...attributes };
}

export function directory(holds: Holds = {}, attributes: Attributes = {}): Node & { type: "directory" } {
  return { type: "directory", holds, ...attributes };
}

export function symlink(target: string, attributes: Omit<Attributes, "mode"> = {}): Node {
  return { type: "symlink", target, ...attributes };
}

export function hardlink(path: string): Node {
  return { type: "hardlink", path };
}

export function fifo(attributes: Attributes = {}): Node {
  return { type: "fifo", ...attributes };
}

/** Makes `root`, which may exist as an empty directory, into what `tree` describes. */
export function writeTree(root: string, tree: Node): void {
  write(root, tree);
  for (const [path, node] of nodes(tree)) {
    if (node.type === "hardlink") Deno.linkSync(`${root}/${node.path}`, `${root}/${path}`);
  }
  // A directory comes after all that it holds, for making that changes its time and may need its mode.
  for (const [path, node] of [...nodes(tree)].reverse()) {
    setAttributes(path === "" ? root : `${root}/${path}`, node);
  }
}

function write(path: string, node: Node): void {
  if (node.type === "directory") {
    Deno.mkdirSync(path, { recursive: true });
    for (const [name, child] of Object.entries(node.holds)) write(`${path}/${name}`, child);
  } else if (node.type === "file") {
    Deno.writeFileSync(path, node.content);
  } else if (node.type === "symlink") {
    Deno.symlinkSync(node.target, path);
  } else if (node.type === "fifo") {
    assert.ok(new Deno.Command("mkfifo", { args: [path] }).outputSync().success, `mkfifo ${path}`);
  }
}

function setAttributes(path: string, node: Node): void {
  if (node.type === "hardlink") return;
  if (node.uid !== undefined || node.gid !== undefined) {
    const now = Deno.lstatSync(path);
    lchownSync(path, node.uid ?? now.uid!, node.gid ?? now.gid!);
  }
  if (node.mode !== undefined) Deno.chmodSync(path, node.mode);
  if (node.mtime === undefined) return;
  const time = new Date(node.mtime);
  // lutimes of Deno 2.9 fails for times before 1970 that are not whole seconds, utime does not.
  if (node.type === "symlink") lutimesSync(path, time, time);
  else Deno.utimeSync(path, time, time);
}

/** The nodes of a tree by their paths, each directory before what it holds; the root's path is empty. */
export function* nodes(tree: Node, path = ""): Generator<[string, Node]> {
  yield [path, tree];
  if (tree.type !== "directory") return;
  for (const [name, node] of Object.entries(tree.holds)) {
    yield* nodes(node, path === "" ? name : `${path}/${name}`);
  }
}

/** What is found at a path, in a form that reads well in a failed comparison. */
export interface Found {
  readonly type: "file" | "directory" | "symlink" | "fifo" | "other";
  readonly size?: number;
  readonly sha256?: string;
  readonly target?: string;
  /** All names of a file that has several of them in the tree. */
  readonly names?: readonly string[];
  readonly mode?: number;
  readonly mtime?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** All that is in a directory on disk, by paths relative to it; its own path is empty. Symlinks are not followed. */
export function readTree(root: string): Map<string, Found> {
  const found = new Map<string, Found>();
  const names = new Map<string, string[]>();
  const look = (path: string): void => {
    const at = path === "" ? root : `${root}/${path}`;
    const stat = Deno.lstatSync(at);
    const attributes = {
      mode: stat.mode! & 0o7777,
      mtime: stat.mtime!.getTime(),
      uid: stat.uid!,
      gid: stat.gid!,
    };
    found.set(path, { ...thingAt(at, stat), ...attributes });
    if (stat.isFile && stat.nlink! > 1) append(names, `${stat.dev}:${stat.ino}`, path);
    if (!stat.isDirectory) return;
    for (const { name } of Deno.readDirSync(at)) look(path === "" ? name : `${path}/${name}`);
  };
  look("");
  addNames(found, names);
  return found;
}

function thingAt(path: string, stat: Deno.FileInfo): Found {
  if (stat.isFile) return { type: "file", size: stat.size, sha256: digestOf(path) };
  if (stat.isDirectory) return { type: "directory" };
  if (stat.isSymlink) return { type: "symlink", target: Deno.readLinkSync(path) };
  return { type: stat.isFifo ? "fifo" : "other" };
}

function digestOf(path: string): string {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(1024 * 1024);
  const descriptor = openSync(path, "r");
  try {
    for (let read = 1; read > 0; hash.update(buffer.subarray(0, read))) read = readSync(descriptor, buffer);
  } finally {
    closeSync(descriptor);
  }
  return hash.digest("hex");
}

/** What {@link readTree} must find, attributes only as far as they are stated. */
function expected(tree: Node): Map<string, Found> {
  const found = new Map<string, Found>();
  const names = new Map<string, string[]>();
  const all = new Map(nodes(tree));
  for (const [path, node] of all) {
    const first = node.type === "hardlink" ? node.path : path;
    const { holds: _, content, path: __, type, ...rest } = {
      holds: 0,
      content: undefined,
      path: 0,
      ...all.get(first)!,
    };
    if (type === "file") append(names, first, path);
    const digest = content &&
      { size: content.length, sha256: createHash("sha256").update(content).digest("hex") };
    found.set(path, { ...rest, ...digest, type: type as Found["type"] });
  }
  addNames(found, names);
  return found;
}

/**
 * Fails unless the directory `root` holds exactly what `tree` describes: no more, no less, of the same kind, content,
 * links, and the attributes that `tree` states.
 */
export function assertTree(root: string, tree: Node): void {
  const wanted = expected(tree);
  const found = new Map([...readTree(root)].map(([path, it]) => [path, likeWanted(it, wanted.get(path))]));
  assert.deepEqual(sorted(found), sorted(wanted));
}

/** Fails unless two directories hold the same, with all attributes. */
export function assertSameTree(root: string, other: string): void {
  assert.deepEqual(sorted(readTree(root)), sorted(readTree(other)));
}

/** `found` without the attributes that `wanted` does not state. */
function likeWanted(found: Found, wanted: Found | undefined): Found {
  if (wanted === undefined) return found;
  const unstated = ["mode", "mtime", "uid", "gid"].filter((key) => !(key in wanted));
  return Object.fromEntries(
    Object.entries(found).filter(([key]) => !unstated.includes(key)),
  ) as unknown as Found;
}

function addNames(found: Map<string, Found>, names: ReadonlyMap<string, string[]>): void {
  for (const paths of names.values()) {
    if (paths.length < 2) continue;
    for (const path of paths) found.set(path, { ...found.get(path)!, names: [...paths].sort() });
  }
}

function append(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([one], [other]) => one < other ? -1 : 1);
}
