import assert from "node:assert/strict";
import { encodeHeader } from "../../lib/archive/header.ts";
import { archive, type ArchiveOptions, BLOCK_SIZE, type Content } from "../../lib/archive/write.ts";
import type { Entry } from "../../lib/model/entry.ts";
import { archived, contentOf, file, type Item, joined, thing, unarchived } from "./making.ts";

/** Options that give each file as much of `x` as its size says. */
function options<M extends Entry>(more: Partial<ArchiveOptions<M>> = {}): ArchiveOptions<M> {
  return {
    open: (entry) => contentOf(entry, new Uint8Array(entry.size).fill(0x78)),
    done: () => {},
    blockSize: 1024,
    ...more,
  };
}

function sized(path: string, size: number): Entry {
  return { ...file(path).entry, size };
}

Deno.test("all blocks but the last are full, and they use the same buffer", () => {
  const blocks = archive([sized("a", 3000), sized("b", 100)], options());
  const lengths: number[] = [];
  const buffers = new Set<ArrayBuffer>();
  for (const block of blocks) {
    lengths.push(block.length);
    buffers.add(block.buffer);
  }
  // 512 + 3072 + 512 + 512 + 1024
  assert.deepEqual(lengths, [1024, 1024, 1024, 1024, 1024, 512]);
  assert.equal(buffers.size, 1);
});

Deno.test("an archive that ends with a block has no empty one after it", () => {
  assert.deepEqual([...archive([], options())].map(({ length }) => length), [1024]);
  const one = [...archive([sized("a", 0)], options({ blockSize: 512 }))];
  assert.deepEqual(one.map(({ length }) => length), [512, 512, 512]);
});

Deno.test("an archive of nothing is two blocks of zeros", () => {
  assert.deepEqual(archived([]), new Uint8Array(1024));
});

Deno.test("files of sizes around block boundaries are archived completely", () => {
  for (const blockSize of [512, 4096]) {
    const sizes = [0, 1, 511, 512, 513, 1023, 1024, 1025, 3583, 3584, 3585, 4095, 4096, 4097, 8192];
    const items = sizes.map((size) => file(`f${size}`, crypto.getRandomValues(new Uint8Array(size))));
    assert.deepEqual(unarchived(archived(items, blockSize)), items);
  }
});

Deno.test("content is read straight into the block, at most as much as is left", () => {
  const asked: number[] = [];
  const open = (entry: Entry): Content => ({
    entry,
    read: (into) => {
      asked.push(into.length);
      return Math.min(into.length, 200);
    },
    close: () => {},
  });
  joined(archive([sized("a", 1000)], options({ open })));
  assert.deepEqual(asked, [512, 312, 112, 488, 288, 88]);
});

Deno.test("archived entries are reported in order, as they were archived, without other fields of the source", () => {
  const reported: unknown[] = [];
  const members = [
    { ...sized("a", 5), nlink: 1, file: "/a" },
    { ...thing("d", "directory").entry, nlink: 2, file: "/d" },
    { ...sized("gone", 5), nlink: 1, file: "/gone" },
    { ...thing("c", "char", { device: { major: 1, minor: 2 } }).entry, nlink: 1, file: "/c" },
    { ...thing("l", "symlink", { link: "a" }).entry, nlink: 1, file: "/l" },
  ];
  const open = (entry: Entry): Content | undefined =>
    entry.path === "gone" ? undefined : contentOf(sized(entry.path, 7), new Uint8Array(7));
  const done = (entry: Entry, from: (typeof members)[number]): void => void reported.push([entry, from.file]);
  const bytes = joined(archive(members, { open, done, blockSize: 1024 }));
  assert.deepEqual(reported, [
    [sized("a", 7), "/a"],
    [thing("d", "directory").entry, "/d"],
    [thing("c", "char", { device: { major: 1, minor: 2 } }).entry, "/c"],
    [thing("l", "symlink", { link: "a" }).entry, "/l"],
  ]);
  assert.deepEqual(unarchived(bytes).map(({ entry }) => entry), reported.map((it) => (it as [Entry])[0]));
});

Deno.test("only files are opened", () => {
  const opened: string[] = [];
  const items = [
    file("a"),
    thing("b", "directory"),
    thing("c", "symlink", { link: "a" }),
    thing("d", "hardlink", { link: "a" }),
    thing("e", "fifo"),
  ];
  const open = (entry: Entry): Content => {
    opened.push(entry.path);
    return contentOf(entry, new Uint8Array(0));
  };
  joined(archive(items.map(({ entry }) => entry), options({ open })));
  assert.deepEqual(opened, ["a"]);
});

Deno.test("a file that cannot be opened is left out", () => {
  const names = ["a", "b", "c"].map((name) => sized(name, 1));
  const open = (entry: Entry): Content | undefined =>
    entry.path === "b" ? undefined : contentOf(entry, new Uint8Array(1));
  const bytes = joined(archive(names, options({ open })));
  assert.deepEqual(unarchived(bytes).map(({ entry }) => entry.path), ["a", "c"]);
});

Deno.test("a reader that stops in the middle leaves nothing open, neither the content nor the entries", () => {
  const closed: string[] = [];
  function* entries(): Generator<Entry> {
    try {
      yield sized("a", 100);
      yield sized("b", 10_000);
      yield sized("c", 1);
    } finally {
      closed.push("entries");
    }
  }
  const open = (entry: Entry): Content => ({
    ...contentOf(entry, new Uint8Array(entry.size)),
    close: () => void closed.push(entry.path),
  });
  const blocks = archive(entries(), options({ open }));
  blocks.next();
  blocks.next();
  blocks.return(undefined);
  assert.deepEqual(closed, ["a", "b", "entries"]);
});

Deno.test("content is closed when reading throws, and the error passes through", () => {
  let closed = 0;
  const fault = new Error("fault");
  const open = (entry: Entry): Content => ({
    entry,
    read: () => {
      throw fault;
    },
    close: () => void closed++,
  });
  assert.throws(() => joined(archive([sized("a", 10)], options({ open }))), fault);
  assert.equal(closed, 1);
});

Deno.test("content that ends before its promised size is reported as a bug", () => {
  const open = (entry: Entry): Content => contentOf(entry, new Uint8Array(5));
  assert.throws(() => joined(archive([sized("a", 10)], options({ open }))), /ended early/);
});

Deno.test("two archives can be made at the same time", () => {
  const make = (letter: string): Item[] =>
    Array.from({ length: 20 }, (_, at) => file(letter.repeat(40 + 20 * at), letter, { mtime: at }));
  const [left, right] = [make("l"), make("r")];
  const chunks: [Uint8Array[], Uint8Array[]] = [[], []];
  const running = [left, right].map((items) =>
    archive(
      items.map(({ entry }) => entry),
      options({
        open: (entry) => contentOf(entry, new TextEncoder().encode(entry.path[0]!)),
        blockSize: 512,
      }),
    )
  );
  for (let going = true; going;) {
    going = false;
    for (const [at, blocks] of running.entries()) {
      const { value, done } = blocks.next();
      if (done) continue;
      going = true;
      chunks[at]!.push(value.slice());
      encodeHeader(sized("another", 1));
    }
  }
  assert.deepEqual(unarchived(joined(chunks[0])), left);
  assert.deepEqual(unarchived(joined(chunks[1])), right);
});

Deno.test("an output block consists of whole blocks of 512 bytes", () => {
  for (const blockSize of [0, -512, 100, 513]) {
    assert.throws(() => [...archive([], options({ blockSize }))], RangeError);
  }
  assert.equal(BLOCK_SIZE % 512, 0);
});

Deno.test("the slash at the end of a directory's path is not where the path is split", () => {
  const name = (path: string): string =>
    new TextDecoder().decode(encodeHeader(thing(path, "directory").entry).slice(-512, -412));
  assert.equal(name(`${"p".repeat(50)}/${"n".repeat(60)}`), "n".repeat(60) + "/" + "\0".repeat(39));
  assert.equal(name("n".repeat(101)), "n".repeat(100));
});

Deno.test("names that do not fit into a header are refused", () => {
  assert.throws(() => encodeHeader(file("x".repeat(100_000)).entry), RangeError);
});
