import assert from "node:assert/strict";
import { SpillFile } from "../../lib/catalog/link_spill.ts";
import { type LinkSpill, LinkTable } from "../../lib/source/links.ts";
import { withDirectory } from "../support/directory.ts";
import { directory, fifo, file, hardlink, symlink, writeTree } from "./tree.ts";
import { select, walked } from "./walking.ts";

const STAT = { dev: 1, ino: 10, nlink: 3, size: 5, mtime: new Date(1000) } as Deno.FileInfo;

function table(max: number, spill?: LinkSpill): { links: LinkTable; reported: string[]; rounded: string[] } {
  const [reported, rounded]: [string[], string[]] = [[], []];
  const reports = {
    full: (path: string) => reported.push(path),
    rounded: (path: string) => rounded.push(path),
  };
  return { links: new LinkTable(reports, spill, max), reported, rounded };
}

Deno.test("later names are links to the first, and after the last the file is forgotten", () => {
  const { links } = table(10);
  assert.equal(links.firstName("/a", STAT), undefined);
  assert.equal(links.firstName("/b", STAT), "a");
  assert.equal(links.firstName("/c", STAT), "a");
  assert.equal(links.firstName("/d", STAT), undefined, "a new file with the number of the old one");
});

Deno.test("files are distinguished by device and inode number", () => {
  const { links } = table(10);
  links.firstName("/a", STAT);
  assert.equal(links.firstName("/b", { ...STAT, dev: 2 }), undefined);
  assert.equal(links.firstName("/c", { ...STAT, ino: 11 }), undefined);
});

Deno.test("a file that got the number of another that is gone is not a link to it", () => {
  const { links } = table(10);
  links.firstName("/a", STAT);
  assert.equal(links.firstName("/b", { ...STAT, size: 6 }), undefined);
  assert.equal(links.firstName("/c", { ...STAT, size: 6 }), "b");
  assert.equal(links.firstName("/d", { ...STAT, size: 6, mtime: new Date(1001) }), undefined);
});

Deno.test("a first name that is forgotten leaves its place to the next", () => {
  const { links } = table(10);
  links.firstName("/a", STAT);
  links.forget(STAT);
  assert.equal(links.firstName("/b", STAT), undefined);
  assert.equal(links.firstName("/c", STAT), "b");
});

Deno.test("a number that a double cannot hold is trusted where times, sizes and content agree, which is reported", () =>
  withDirectory((root) => {
    const [same, also, other] = ["same", "also", "other"].map((name) => `${root}/${name}`) as [
      string,
      string,
      string,
    ];
    for (const [path, text] of [[same, "12345"], [also, "12345"], [other, "12346"]] as const) {
      Deno.writeTextFileSync(path, text);
    }
    for (const odd of [{ ino: 2 ** 53 }, { dev: 2 ** 53 }]) {
      const { links, rounded } = table(10);
      const stat = { ...STAT, ...odd };
      assert.equal(links.firstName(same, stat), undefined);
      assert.equal(links.firstName(other, stat), undefined, "its content is another");
      assert.equal(
        links.firstName(also, { ...stat, birthtime: new Date(1) }),
        undefined,
        "it is another file",
      );
      assert.equal(links.firstName(also, stat), same.slice(1));
      assert.equal(links.firstName(`${root}/gone`, stat), undefined);
      assert.deepEqual(rounded, [same]);
    }
  }));

Deno.test("any number of files are remembered where a file takes those that are too many", () =>
  withDirectory((root) => {
    const file = `${root}/links`;
    {
      using spill = new SpillFile(file);
      const { links, reported } = table(2, spill);
      for (let ino = 1; ino <= 1000; ino += 1) {
        assert.equal(links.firstName(`/é ${ino}`, { ...STAT, ino }), undefined);
      }
      for (let ino = 1000; ino > 0; ino -= 1) {
        assert.equal(links.firstName("/b", { ...STAT, ino }), `é ${ino}`);
      }
      links.forget({ ...STAT, ino: 500 });
      for (let ino = 1; ino <= 1000; ino += 1) {
        assert.equal(links.firstName("/c", { ...STAT, ino }), ino === 500 ? undefined : `é ${ino}`);
      }
      for (const ino of [1, 500, 1000]) {
        assert.equal(links.firstName("/d", { ...STAT, ino }), ino === 500 ? "c" : undefined);
      }
      assert.deepEqual(reported, []);
    }
    assert.deepEqual([...Deno.readDirSync(root)], [], "the file is removed with the run");
  }));

Deno.test("a full table stores further files once for each name, and reports it once", () => {
  const { links, reported } = table(2);
  for (const ino of [1, 2, 3, 4]) links.firstName(`/${ino}`, { ...STAT, ino });
  assert.equal(links.firstName("/again", { ...STAT, ino: 2 }), "2");
  assert.equal(links.firstName("/new", { ...STAT, ino: 3 }), undefined);
  assert.deepEqual(reported, ["/3"]);
  assert.equal(links.firstName("/again and again", { ...STAT, ino: 2 }), "2", "the last name frees a place");
  assert.equal(links.firstName("/5", { ...STAT, ino: 5 }), undefined);
  assert.equal(links.firstName("/five", { ...STAT, ino: 5 }), "5");
  assert.deepEqual(reported, ["/3"]);
});

Deno.test("no link points to a first name that is excluded or too large", async () => {
  await withDirectory((root) => {
    writeTree(root, directory({ "a.tmp": file("x"), b: hardlink("a.tmp"), c: hardlink("a.tmp") }));
    const { entries } = walked(select([root], { exclude: ["*.tmp"] }));
    assert.deepEqual(entries.slice(1).map(({ type, link }) => [type, link]), [
      ["file", undefined],
      ["hardlink", `${root.slice(1)}/b`],
    ]);
  });
});

Deno.test("the first name of a file is the file, and the others are links to it", async () => {
  await withDirectory((root) => {
    writeTree(
      root,
      directory({
        b: directory({ first: file("x") }),
        c: hardlink("b/first"),
        d: hardlink("b/first"),
        e: file("y"),
      }),
    );
    const types = walked(select([root])).entries.slice(1).map((
      { file, type, size, link },
    ) => [file.slice(root.length + 1), type, size, link]);
    const first = `${root.slice(1)}/b/first`;
    assert.deepEqual(types, [
      ["b", "directory", 0, undefined],
      ["b/first", "file", 1, undefined],
      ["c", "hardlink", 0, first],
      ["d", "hardlink", 0, first],
      ["e", "file", 1, undefined],
    ]);
    const [part] = walked(select([`${root}/c`])).entries;
    assert.equal(part!.type, "file", "where the other names are not walked");
  });
});

Deno.test("a symlink or a fifo with two names is stored twice", async () => {
  await withDirectory((root) => {
    writeTree(root, directory({ a: symlink("x"), p: fifo() }));
    Deno.linkSync(`${root}/a`, `${root}/b`);
    Deno.linkSync(`${root}/p`, `${root}/q`);
    assert.deepEqual(walked(select([root])).entries.map(({ type }) => type), [
      "directory",
      "symlink",
      "symlink",
      "fifo",
      "fifo",
    ]);
  });
});
