import { keyOf } from "../../lib/catalog/path_key.ts";
import { compareUtf8 } from "../../lib/model/utf8_order.ts";
import type { Walked } from "../../lib/catalog/stat_signature.ts";
import type { Entry, EntryType } from "../../lib/model/entry.ts";

/** A made-up file system: names for inodes. What a file holds is a number, which no reader sees but by reading it. */
export class MadeTree {
  readonly #names = new Map<string, Inode>();
  #inodes = 0;
  #contents = 0;

  /** Every name, in no particular order. */
  get paths(): string[] {
    return [...this.#names.keys()];
  }

  /** What is at a path. */
  at(path: string): Readonly<Inode> | undefined {
    return this.#names.get(path);
  }

  /** Makes a new thing at a path, in place of what is there. The directories above are made as well. */
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

  /** Gives what is at a path other content, in place. */
  write(path: string, time: number, size: number): void {
    const inode = this.#names.get(path);
    if (inode?.type === "file") {
      Object.assign(inode, { size, mtime: time, ctime: time, content: ++this.#contents });
    }
  }

  /** Changes mode and owner alone. */
  chmod(path: string, time: number, mode: number, uid: number): void {
    const inode = this.#names.get(path);
    if (inode) Object.assign(inode, { mode, uid, ctime: time });
  }

  /** Gives a file one more name. */
  link(from: string, to: string, time: number): void {
    const inode = this.#names.get(from);
    if (inode?.type !== "file" || from === to || to.startsWith(`${from}/`)) return;
    this.#clear(to, time);
    if (!this.#names.has(from)) return; // it lay below what was in the way
    this.#names.set(to, inode);
    inode.ctime = time;
  }

  /** Renames a thing, and with a directory what it holds: their inodes stay. */
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

  /** Removes a thing, and with a directory what it holds. */
  remove(path: string, time: number): void {
    for (const name of this.paths.filter((it) => it === path || it.startsWith(`${path}/`))) {
      const inode = this.#names.get(name)!;
      this.#names.delete(name);
      inode.ctime = time;
    }
    this.#touch(path, time);
  }

  /** Removes what is at a path or in the way to it, and sees to the directories above. */
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

  /** What a walk from the root gives: the first name of a file is the file, others are links to it. */
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

/** A walked entry, and what can be read in it. */
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

/** What of a thing goes into an archive. */
export function entryOf(
  { ino: _ino, ctime: _ctime, nlink: _nlink, content: _content, ...entry }: Thing,
): Entry {
  return entry;
}

function parent(path: string): string | undefined {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? undefined : path.slice(0, slash);
}
