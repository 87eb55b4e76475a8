import assert from "node:assert/strict";
import type { Trouble } from "../../lib/model/trouble.ts";
import { type Content, openSource } from "../../lib/source/read.ts";
import type { SourceEntry } from "../../lib/source/walk.ts";
import { must } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";
import { directory, file, hardlink, symlink, writeTree } from "./tree.ts";
import { rootTest, select, walkApart, walked } from "./walking.ts";

/** Runs `body` with the entry of a file that holds `text`, and with what is told. */
async function withFile(
  text: string,
  body: (entry: SourceEntry, troubles: Trouble[], root: string) => void | Promise<void>,
): Promise<void> {
  await withDirectory(async (root) => {
    writeTree(root, directory({ a: file(text, { mode: 0o640, mtime: 1_700_000_000_123 }) }));
    await body(walked(select([`${root}/a`])).entries[0]!, [], root);
  });
}

/** Reads to the end, `step` bytes at a time, and closes; `between` runs after the first piece. */
function readAll(content: Content, step = 1000, between = (): void => {}): string {
  const buffer = new Uint8Array(step);
  let text = "";
  for (let read = content.read(buffer); read > 0; read = content.read(buffer)) {
    if (text === "") between();
    text += new TextDecoder().decode(buffer.subarray(0, read));
  }
  content.close();
  return text;
}

function open(entry: SourceEntry, troubles: Trouble[]): Content | undefined {
  return openSource(entry, (trouble) => troubles.push(trouble));
}

Deno.test("a file gives its entry and its bytes, straight into the caller's buffer", async () => {
  await withFile("hello world", (entry, troubles) => {
    const content = open(entry, troubles)!;
    const { file: _, dev: __, ino: ___, nlink: ____, ctime: _____, ...plain } = entry;
    assert.deepEqual(content.entry, plain);
    const buffer = new Uint8Array(8).fill(0x2e);
    assert.equal(content.read(buffer.subarray(2, 7)), 5);
    assert.equal(new TextDecoder().decode(buffer), "..hello.");
    assert.equal(content.read(buffer), 6);
    assert.equal(content.read(buffer), 0);
    assert.equal(content.read(buffer), 0);
    content.close();
    assert.deepEqual(troubles, []);
  });
});

Deno.test("an empty file has no bytes", async () => {
  await withFile("", (entry, troubles) => {
    assert.equal(readAll(open(entry, troubles)!), "");
    assert.deepEqual(troubles, []);
  });
});

Deno.test("the size and the time at which a file is opened are stored", async () => {
  await withFile("short", (entry, troubles) => {
    Deno.writeTextFileSync(entry.file, "much longer");
    Deno.utimeSync(entry.file, new Date(5), new Date(5));
    const content = open(entry, troubles)!;
    assert.deepEqual([content.entry.size, content.entry.mtime], [11, 5]);
    assert.equal(readAll(content), "much longer");
    assert.deepEqual(troubles, []);
  });
});

Deno.test("a file that grows while it is read is cut at the promised size, and reported", async () => {
  await withFile("0123456789", (entry, troubles) => {
    const content = open(entry, troubles)!;
    const text = readAll(content, 4, () => Deno.writeTextFileSync(entry.file, "abc", { append: true }));
    assert.equal(text, "0123456789");
    assert.deepEqual(troubles.map(({ kind, path }) => [kind, path]), [["changed", entry.file]]);
    assert.match(troubles[0]!.reason, /grew.*cut at 10 bytes/);
  });
});

Deno.test("a file that shrinks while it is read is padded with zeros, and reported once", async () => {
  await withFile("0123456789", (entry, troubles) => {
    const text = readAll(open(entry, troubles)!, 4, () => Deno.truncateSync(entry.file, 6));
    assert.equal(text, "012345\0\0\0\0");
    assert.deepEqual(troubles.map(({ kind }) => kind), ["changed"]);
    assert.match(troubles[0]!.reason, /shrank.*last 4 bytes/);
  });
});

Deno.test("padding overwrites what the buffer held", async () => {
  await withFile("0123456789", (entry, troubles) => {
    const content = open(entry, troubles)!;
    Deno.truncateSync(entry.file, 0);
    const buffer = new Uint8Array(12).fill(0x78);
    assert.equal(content.read(buffer), 10);
    assert.deepEqual([...buffer], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x78, 0x78]);
    content.close();
  });
});

Deno.test("a file that changes in place while it is read is reported", async () => {
  await withFile("0123456789", (entry, troubles) => {
    const change = (): void => {
      Deno.writeTextFileSync(entry.file, "9876543210");
      Deno.utimeSync(entry.file, new Date(7), new Date(7));
    };
    assert.equal(readAll(open(entry, troubles)!, 4, change), "0123543210");
    assert.deepEqual(troubles.map(({ kind }) => kind), ["changed"]);
  });
});

Deno.test("a file whose name is removed while it is read is read completely, and changes are detected", async () => {
  await withFile("0123456789", (entry, troubles, root) => {
    const replace = (): void => {
      Deno.renameSync(entry.file, `${root}/gone`);
      Deno.writeTextFileSync(entry.file, "another");
    };
    assert.equal(readAll(open(entry, troubles)!, 4, replace), "0123456789");
    assert.deepEqual(troubles, []);
    const [moved] = walked(select([`${root}/gone`])).entries;
    const remove = (): void => {
      Deno.writeTextFileSync(moved!.file, "x", { append: true });
      Deno.removeSync(moved!.file);
    };
    assert.equal(readAll(open(moved!, troubles)!, 4, remove), "0123456789");
    assert.deepEqual(troubles.map(({ kind }) => kind), ["changed"]);
  });
});

Deno.test("a read that was abandoned is not checked again", async () => {
  await withFile("0123456789", (entry, troubles) => {
    const content = open(entry, troubles)!;
    content.read(new Uint8Array(4));
    Deno.truncateSync(entry.file, 0);
    content.close();
    assert.deepEqual(troubles, []);
  });
});

Deno.test("a file that is gone has vanished", async () => {
  await withFile("x", (entry, troubles) => {
    Deno.removeSync(entry.file);
    assert.equal(open(entry, troubles), undefined);
    assert.deepEqual(troubles.map(({ kind, path }) => [kind, path]), [["vanished", entry.file]]);
  });
});

Deno.test("a new version in place of the file is read, and reported", async () => {
  await withFile("old", (entry, troubles, root) => {
    writeTree(`${root}/new`, file("newer", { mode: 0o600, mtime: 99 }));
    Deno.renameSync(`${root}/new`, entry.file);
    const content = open(entry, troubles)!;
    const { size, mode, mtime } = content.entry;
    assert.deepEqual({ size, mode, mtime }, { size: 5, mode: 0o600, mtime: 99 });
    assert.equal(readAll(content), "newer");
    assert.deepEqual(troubles.map(({ kind }) => kind), ["changed"]);
  });
});

/** What may not stand for the file, made at a path. */
const IMPOSTORS: Readonly<Record<string, (path: string, root: string) => void | Promise<unknown>>> = {
  "a symlink to another file": (path, root) => {
    Deno.writeTextFileSync(`${root}/secret`, "secret");
    Deno.symlinkSync(`${root}/secret`, path);
  },
  "a symlink to the file itself": (path, root) => {
    Deno.writeTextFileSync(`${root}/secret`, "secret");
    Deno.linkSync(`${root}/secret`, `${root}/other name`);
    Deno.symlinkSync(`${root}/secret`, path);
  },
  "a symlink to a file with the number of the old one": (path, root) => {
    Deno.renameSync(`${root}/kept`, `${root}/secret`);
    Deno.writeTextFileSync(`${root}/secret`, "secret");
    Deno.symlinkSync(`${root}/secret`, path);
  },
  "a symlink to nothing": (path) => Deno.symlinkSync("nothing", path),
  "a directory": (path) => Deno.mkdirSync(path),
  "a fifo that nobody writes to": (path) => must("mkfifo", [path]),
};

for (const [impostor, make] of Object.entries(IMPOSTORS)) {
  Deno.test(`${impostor} in place of the file is not read`, async () => {
    await withFile("x", async (entry, troubles, root) => {
      Deno.renameSync(entry.file, `${root}/kept`);
      await make(entry.file, root);
      assert.equal(open(entry, troubles), undefined);
      assert.equal(troubles.length, 1);
      assert.ok(["vanished", "unread"].includes(troubles[0]!.kind), troubles[0]!.kind);
    });
  });
}

rootTest("a file of another owner in place of the file is not read", async () => {
  await withFile("x", (entry, troubles, root) => {
    writeTree(`${root}/new`, file("secret", { uid: 12345 }));
    Deno.renameSync(`${root}/new`, entry.file);
    assert.equal(open(entry, troubles), undefined);
    assert.deepEqual(troubles.map(({ kind }) => kind), ["vanished"]);
  });
});

Deno.test("a new file does not replace one with several names", async () => {
  await withDirectory((root) => {
    writeTree(root, directory({ a: file("shared"), b: hardlink("a") }));
    const [, first, second] = walked(select([root])).entries;
    Deno.removeSync(first!.file);
    Deno.writeTextFileSync(first!.file, "another");
    const troubles: Trouble[] = [];
    assert.equal(open(first!, troubles), undefined);
    assert.deepEqual(troubles.map(({ kind }) => kind), ["vanished"]);
    const content = open(second!, troubles)!;
    assert.equal(content.entry.type, "file");
    assert.ok(!("link" in content.entry));
    assert.equal(readAll(content), "shared");
  });
});

Deno.test("reading leaves the access time alone", async () => {
  await withFile("hello", (entry, troubles) => {
    Deno.utimeSync(entry.file, new Date(1000), new Date(2000)); // so old that the next reader would set it
    assert.equal(readAll(open(entry, troubles)!), "hello");
    assert.equal(Deno.lstatSync(entry.file).atime!.getTime(), 1000);
  });
});

Deno.test("an error in the middle is unread, and zeros stand for what is missing", async () => {
  // The kernel gives this file 4,096 bytes and refuses to read them: the loopback device has no speed.
  const path = "/sys/devices/virtual/net/lo/speed";
  const { entries, troubles, contents } = await walkApart(select([path]), ["--allow-all"]);
  assert.equal(entries[0]!.size, 4096);
  assert.deepEqual(troubles.map(({ kind, path }) => [kind, path]), [["unread", path]]);
  assert.match(troubles[0]!.reason, /the last 4096 bytes are stored as zeros/);
  assert.deepEqual(Uint8Array.fromBase64(Object.values(contents)[0]!), new Uint8Array(4096));
});

Deno.test("a symlink can be declared, but not opened as a file", async () => {
  await withDirectory((root) => {
    writeTree(root, directory({ a: file("x"), l: symlink("a") }));
    const [entry] = walked(select([`${root}/l`])).entries;
    assert.equal(entry!.type, "symlink");
    const troubles: Trouble[] = [];
    assert.equal(open({ ...entry!, type: "file" }, troubles), undefined);
    assert.equal(troubles.length, 1);
  });
});
