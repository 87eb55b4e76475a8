import { keyOf } from "../../lib/catalog/path_key.ts";
import { compareUtf8 } from "../../lib/model/utf8_order.ts";
import type { Walked } from "../../lib/catalog/stat_signature.ts";
import type { Entry, EntryType } from "../../lib/model/entry.ts";

/** Simulated file system: names of inodes. The content of a file is a number. */
export class MadeTree {
  readonly #names = new Map<string, Inode>();
  #inodes = 0;
  #contents = 0;

  /** All paths, in no particular order. */
  get paths(): string[] {
    return [...this.#names.keys()];
  }

  /** Returns the inode at a path. */
  at(path: string): Readonly<Inode> | undefined {
    return this.#names.get(path);
  }

  /** Creates an inode at a path, replacing an existing one. Creates parent directories. */
  make(path: string, time: number, changes: Partial<Inode> = {}): void {
    this.#clear(path, time);
    this.#names.set(path, {
      type: "file",
      size: 100,
      mode: 0o644,
      uid: 0,
      link: undefined,
      mtime: time,
      ...changes,
      ctime: time,
      ino: ++this.#inodes,
      content: ++this.#contents,
    });
  }

  /** Changes the content of a file in place. */
  write(path: string, time: number, size: number): void {
    const inode = this.#names.get(path);
    if (inode?.type === "file") {
      Object.assign(inode, { size, mtime: time, ctime: time, content: ++this.#contents });
    }
  }

  /** Changes only mode and owner. */
  chmod(path: string, time: number, mode: number, uid: number): void {
    const inode = this.#names.get(path);
    if (inode) Object.assign(inode, { mode, uid, ctime: time });
  }

  /** Adds a hard link to a file. */
  link(from: string, to: string, time: number): void {
    const inode = this.#names.get(from);
    if (inode?.type !== "file" || from === to || to.startsWith(`${from}/`)) return;
    this.#clear(to, time);
    if (!this.#names.has(from)) return; // it lay below what was in the way
    this.#names.set(to, inode);
    inode.ctime = time;
  }

  /** Renames a file, or a directory with its content. Inodes are kept. */
  rename(from: string, to: string, time: number): void {
    const inode = this.#names.get(from);
    if (!inode || to === from || to.startsWith(`${from}/`) || from.startsWith(`${to}/`)) return;
    this.#clear(to, time);
    if (!this.#names.has(from)) return;
    for (const path of this.paths.filter((it) => it === from || it.startsWith(`${from}/`))) {
      this.#names.set(to + path.slice(from.length), this.#names.get(path)!);
      this.#names.delete(path);
    }
    inode.ctime = time;
    this.#touch(from, time);
  }

  /** Removes a file, or a directory with its content. */
  remove(path: string, time: number): void {
    for (const name of this.paths.filter((it) => it === path || it.startsWith(`${path}/`))) {
      const inode = this.#names.get(name)!;
      this.#names.delete(name);
      inode.ctime = time;
    }
    this.#touch(path, time);
  }

  /** Removes everything at a path and files on the way to it, and creates parent directories. */
  #clear(path: string, time: number): void {
    this.remove(path, time);
    const above = parent(path);
    if (above === undefined) return;
    if (this.#names.get(above)?.type !== "directory") {
      this.make(above, time, { type: "directory", size: 0, mode: 0o755 });
    }
    this.#touch(path, time);
  }

  #touch(path: string, time: number): void {
    const directory = this.#names.get(parent(path) ?? "");
    if (directory?.type === "directory") Object.assign(directory, { mtime: time, ctime: time });
  }

  /** Returns the entries of a walk from the root. The first name of a file is the file, others are hard links. */
  walk(): Thing[] {
    const first = new Map<Inode, string>();
    const count = Map.groupBy(this.#names.values(), (inode) => inode);
    const order = this.paths.map((path): [string, string] => [keyOf(0, path), path])
      .sort(([one], [other]) => compareUtf8(one, other));
    return order.map(([, path]) => {
      const inode = this.#names.get(path)!;
      const link = first.get(inode);
      if (link === undefined) first.set(inode, path);
      return thing(path, inode, count.get(inode)!.length, link);
    });
  }
}

interface Inode {
  type: EntryType;
  size: number;
  mode: number;
  uid: number;
  link: string | undefined;
  mtime: number;
  ctime: number;
  ino: number;
  content: number;
}

/** Entry of a walk with its content. */
export interface Thing extends Walked {
  readonly content: number;
}

function thing(path: string, inode: Inode, nlink: number, first: string | undefined): Thing {
  const { link, ctime, ...common } = inode;
  const target = first ?? link;
  return {
    path,
    ...common,
    ...(first === undefined ? {} : { type: "hardlink", size: 0 }),
    gid: 0,
    user: "root",
    group: "root",
    ctime: Math.floor(ctime / 1000) * 1000,
    nlink,
    ...(target === undefined ? {} : { link: target }),
  };
}

/** Returns the part of an inode that an archive stores. */
export function entryOf(
  { ino: _ino, ctime: _ctime, nlink: _nlink, content: _content, ...entry }: Thing,
): Entry {
  return entry;
}

function parent(path: string): string | undefined {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? undefined : path.slice(0, slash);
}
