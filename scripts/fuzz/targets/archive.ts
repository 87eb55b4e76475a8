import { ArchiveReader } from "../../../lib/archive/read.ts";
import { archive, type Content } from "../../../lib/archive/write.ts";
import type { Entry } from "../../../lib/model/entry.ts";
import { Damage } from "../../../lib/model/failure.ts";
import { ATTRIBUTES, COMMON } from "../sample_entry.ts";
import { bytesOf, demand, type Target } from "../target.ts";

interface Item {
  readonly entry: Entry;
  readonly content: Uint8Array;
}

function file(path: string, content: string, more: Partial<Entry> = {}): Item {
  const bytes = bytesOf(content);
  return { entry: { path, type: "file", ...COMMON, size: bytes.length, ...more }, content: bytes };
}

function thing(path: string, type: Entry["type"], more: Partial<Entry> = {}): Item {
  return { entry: { path, type, ...COMMON, ...more }, content: new Uint8Array() };
}

const ITEMS: readonly Item[] = [
  file("etc/hosts", "127.0.0.1 localhost\n"),
  file("ä".repeat(120), "x".repeat(600), { mtime: -1500, uid: 4_000_000_000, user: "ü" }),
  file("empty", ""),
  file("attributed", "x", ATTRIBUTES.file),
  thing("attributed.d", "directory", ATTRIBUTES.directory),
  thing("etc", "directory", { mode: 0o755 }),
  thing("link", "symlink", { link: "../".repeat(60) }),
  thing("hard", "hardlink", { link: "etc/hosts" }),
  thing("dev", "char", { device: { major: 1, minor: 3 } }),
  thing("fifo", "fifo"),
];

/** Tar archives: what is read is read again from what is written of it, however the bytes come. */
export const ARCHIVE: Target = {
  name: "archive",
  samples: () => [ITEMS, ITEMS.slice(0, 1), ITEMS.slice(1, 2), ITEMS.slice(3, 5), []].map(archiveOf),
  words: [
    "ustar\x0000",
    "27 mtime=1700000000.123\n",
    "12 path=a/b\n",
    "30 GNU.sparse.major=1\n",
    "26 SCHILY.xattr.user.a=b\n\n",
    "63 SCHILY.acl.access=user::rwx,group::r-x,mask::r-x,other::---\n",
    ",user:4294967295:rwx",
    "../",
    "PaxHeaders/entry",
    "00000000000\0",
  ],
  make(sample, dice): Uint8Array {
    const bytes = Uint8Array.from(sample);
    const at = 512 * dice.below(Math.floor(bytes.length / 512) || 1);
    const block = bytes.subarray(at, at + 512);
    if (block.length < 512) return bytes;
    for (let left = 1 + dice.below(4); left > 0; left--) {
      const where = dice.pick([0, 100, 108, 116, 124, 136, 156, 157, 257, 265, 329, 345]) + dice.below(12);
      block[where] = dice.chance(0.5) ? 0x30 + dice.below(10) : dice.below(256);
    }
    sealBlock(block);
    return bytes;
  },
  run(input): void {
    const items = itemsIn(input, input.length);
    demand(same(items, itemsIn(input, 100)), "pieces of 100 bytes give something else");
    demand(same(items, itemsIn(archiveOf(items), 4096)), "what is written of it is another archive");
  },
  refuses: (error) => error instanceof Damage,
};

function sealBlock(block: Uint8Array): void {
  block.fill(0x20, 148, 156);
  const sum = block.reduce((sum, byte) => sum + byte, 0);
  block.set(bytesOf(sum.toString(8).padStart(6, "0") + "\0 "), 148);
}

function archiveOf(items: readonly Item[]): Uint8Array {
  const contents = new Map(items.map(({ entry, content }) => [entry, content]));
  const open = (entry: Entry): Content => {
    let rest = contents.get(entry)!;
    return {
      entry,
      read: (into) => {
        const piece = rest.subarray(0, into.length);
        into.set(piece);
        rest = rest.subarray(piece.length);
        return piece.length;
      },
      close: () => {},
    };
  };
  const blocks = archive(items.map(({ entry }) => entry), { open, done: () => {}, blockSize: 4096 });
  return joined(Array.from(blocks, (block) => block.slice()));
}

function itemsIn(bytes: Uint8Array, step: number): Item[] {
  const items: Item[] = [];
  let entry: Entry;
  let pieces: Uint8Array[] = [];
  const reader = new ArchiveReader({
    entry: (it) => void ([entry, pieces] = [it, []]),
    content: (piece) => void pieces.push(piece.slice()),
    end: () => void items.push({ entry, content: joined(pieces) }),
  });
  for (let at = 0; at < bytes.length; at += step) reader.write(bytes.subarray(at, at + step));
  reader.close();
  return items;
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function same(one: readonly Item[], other: readonly Item[]): boolean {
  const text = (items: readonly Item[]): string =>
    JSON.stringify(items.map(({ entry, content }) => [entry, content.toHex()]));
  return text(one) === text(other);
}
