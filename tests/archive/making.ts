/** What the tests of archives share: entries out of nothing, archives out of entries, entries out of archives. */
import { ArchiveReader } from "../../lib/archive/read.ts";
import { archive, type Content } from "../../lib/archive/write.ts";
import type { Entry, EntryType } from "../../lib/model/entry.ts";

/** An entry and what it holds. */
export interface Item {
  readonly entry: Entry;
  readonly content: Uint8Array;
}

const encoder = new TextEncoder();

/** A file with its content; attributes as they are given. */
export function file(path: string, content: string | Uint8Array = "", attributes: Partial<Entry> = {}): Item {
  const bytes = typeof content === "string" ? encoder.encode(content) : content;
  return { entry: { ...thing(path, "file", attributes).entry, size: bytes.length }, content: bytes };
}

/** Anything but a file. */
export function thing(path: string, type: EntryType, attributes: Partial<Entry> = {}): Item {
  const common = {
    path,
    type,
    size: 0,
    mode: 0o644,
    uid: 0,
    gid: 0,
    user: "root",
    group: "root",
    mtime: 1_700_000_000_000,
  };
  return { entry: { ...common, ...attributes }, content: new Uint8Array(0) };
}

/** Content that gives at most `step` bytes at a time. */
export function contentOf(entry: Entry, bytes: Uint8Array, step = Infinity): Content {
  let at = 0;
  return {
    entry,
    read: (into) => {
      const part = bytes.subarray(at, at + Math.min(into.length, step));
      into.set(part);
      at += part.length;
      return part.length;
    },
    close: () => {},
  };
}

/** The whole archive of `items`. */
export function archived(items: readonly Item[], blockSize = 4096): Uint8Array<ArrayBuffer> {
  const contents = new Map<Entry, Uint8Array>(items.map(({ entry, content }) => [entry, content]));
  const open = (entry: Entry): Content => contentOf(entry, contents.get(entry)!, 1000);
  return joined(archive(items.map(({ entry }) => entry), { open, done: () => {}, blockSize }));
}

/** Copies of chunks, one after the other. */
export function joined(chunks: Iterable<Uint8Array>): Uint8Array<ArrayBuffer> {
  const copies = [...mapped(chunks, (chunk) => chunk.slice())];
  const whole = new Uint8Array(copies.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const copy of copies) {
    whole.set(copy, at);
    at += copy.length;
  }
  return whole;
}

function* mapped<T, U>(values: Iterable<T>, to: (value: T) => U): Generator<U> {
  for (const value of values) yield to(value);
}

/** What our reader finds in an archive that it gets `step` bytes at a time. */
export function unarchived(bytes: Uint8Array, step = 10_000): Item[] {
  const items: Item[] = [];
  let entry: Entry | undefined;
  let pieces: Uint8Array[] = [];
  const reader = new ArchiveReader({
    entry: (it) => {
      entry = it;
      pieces = [];
    },
    content: (piece) => pieces.push(piece.slice()),
    end: () => {
      items.push({ entry: entry!, content: joined(pieces) });
    },
  });
  for (let at = 0; at < bytes.length; at += step) reader.write(bytes.subarray(at, at + step));
  reader.close();
  return items;
}

/** A path of exactly `bytes` UTF-8 bytes in names of at most `name` bytes, each made of `character`. */
export function pathOf(bytes: number, character = "n", name = 60): string {
  const width = encoder.encode(character).length;
  const parts: string[] = [];
  for (let left = bytes; left > 0;) {
    const take = left <= name ? left : Math.min(name, left - 2);
    parts.push(character.repeat(Math.floor(take / width)) + "x".repeat(take % width));
    left -= take + 1;
  }
  return parts.join("/");
}
