/** Archives that other programs wrote, read by ours. */
import assert from "node:assert/strict";
import { Damage } from "../../lib/model/failure.ts";
import type { Entry } from "../../lib/model/entry.ts";
import { walk } from "../../lib/source/walk.ts";
import { directory, file, hardlink, type Node, symlink, writeTree } from "../source/tree.ts";
import { select } from "../source/walking.ts";
import { foreignTest, must } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";
import { pathOf, unarchived } from "./making.ts";

const asRoot = Deno.uid() === 0 ? { uid: 3_000_000_000, gid: 2_097_152 } : {};

/** A tree of all that can be told apart, with paths and links of up to 1,000 bytes. */
const TREE: Node = directory({
  top: directory({
    plain: file("hello", { mode: 0o4755, mtime: 1_700_000_000_123 }),
    empty: file("", { mtime: 4_200_000_000_001 }),
    block: file(new Uint8Array(512).fill(1)),
    large: file(new Uint8Array(100_001).fill(2), { mode: 0o400, ...asRoot }),
    again: hardlink("top/plain"),
    "with space\nand newline": file("x"),
    "back\\slash": file("y", { mtime: 0 }),
    "名前 ä": file("z", { mtime: 1_000_000_000_000 }),
    link: symlink("../else/where", { mtime: 1_600_000_000_500 }),
    far: symlink(pathOf(1000)),
    "to ä": symlink("ä".repeat(60)),
    ["s".repeat(101)]: file("101"),
    ["s".repeat(255)]: file("255"),
    sub: directory({ deep: nest(1000, file("deep")) }, { mode: 0o1777, mtime: 1_500_000_000_999 }),
  }, { mtime: 1_400_000_000_001 }),
});

/** `node` below directories, so that the path from the first of them on has about `length` bytes. */
function nest(length: number, node: Node): Node {
  return length <= 0 ? node : directory({ ["n".repeat(99)]: nest(length - 100, node) });
}

interface Writer {
  readonly program: string;
  /** Writes the paths that stand in the file `list`, each ended by a NUL, to standard output. */
  readonly args: (list: string) => string[];
}

const PYTHON = `
import sys, tarfile
with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.PAX_FORMAT) as tar:
    for name in open(sys.argv[1], newline="").read().split("\\0")[:-1]: tar.add(name, recursive=False)
`;

const WRITERS: readonly Writer[] = [
  { program: "tar", args: (list) => ["--format=pax", "--no-recursion", "--null", "-T", list, "-cf", "-"] },
  { program: "bsdtar", args: (list) => ["--format=pax", "--no-recursion", "--null", "-T", list, "-cf", "-"] },
  { program: "python3", args: (list) => ["-c", PYTHON, list] },
];

for (const { program, args } of WRITERS) {
  foreignTest([program], `what ${program} archived of a tree is what the walk finds in it`, async () => {
    await withDirectory(async (root) => {
      writeTree(root, TREE);
      const prefix = root.slice(1) + "/";
      const inside = (path: string): string => path.slice(prefix.length);
      const wanted: Entry[] = [...walk(select([`${root}/top`]), ({ path }) => assert.fail(path))].map(
        (entry) => {
          const { file: _, dev: __, ino: ___, nlink: ____, ctime: _____, ...plain } = entry;
          const link = entry.type === "hardlink" ? { link: inside(entry.link!) } : {};
          return { ...plain, ...link, path: inside(entry.path) };
        },
      );
      const list = await Deno.makeTempFile();
      try {
        await Deno.writeTextFile(list, wanted.map(({ path }) => path + "\0").join(""));
        const { stdout } = await must(program, args(list), { cwd: root });
        const items = unarchived(stdout);
        assert.deepEqual(items.map(({ entry }) => entry), wanted);
        for (const { entry, content } of items) {
          if (entry.type === "file") assert.deepEqual(content, await Deno.readFile(`${root}/${entry.path}`));
        }
      } finally {
        await Deno.remove(list);
      }
    });
  });
}

foreignTest(
  ["python3"],
  "what Python writes for the largest and smallest numbers, and for each type, is read",
  async () => {
    const script = `
import sys, tarfile, io
with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.PAX_FORMAT) as tar:
    for at, (kind, attributes) in enumerate([
        (tarfile.REGTYPE, dict(uid=2097151, gid=2097152, mtime=-1.5)),
        (tarfile.REGTYPE, dict(uid=4294967295, gid=0, mtime=8589934592.25)),
        (tarfile.CHRTYPE, dict(devmajor=4095, devminor=1048575, mtime=0)),
        (tarfile.BLKTYPE, dict(devmajor=8, devminor=1, mtime=0)),
        (tarfile.FIFOTYPE, dict(mtime=-1, uname="m" * 40, gname="\\u00e4")),
        (tarfile.LNKTYPE, dict(linkname="l" * 200)),
    ]):
        info = tarfile.TarInfo(f"e{at}")
        info.type = kind
        for key, value in attributes.items(): setattr(info, key, value)
        tar.addfile(info)
`;
    const { stdout } = await must("python3", ["-c", script]);
    const common = { size: 0, mode: 0o644, uid: 0, gid: 0, user: "", group: "", mtime: 0 };
    assert.deepEqual(unarchived(stdout).map(({ entry }) => entry), [
      { ...common, path: "e0", type: "file", uid: 2_097_151, gid: 2_097_152, mtime: -1500 },
      { ...common, path: "e1", type: "file", uid: 4_294_967_295, mtime: 8_589_934_592_250 },
      { ...common, path: "e2", type: "char", device: { major: 4095, minor: 1_048_575 } },
      { ...common, path: "e3", type: "block", device: { major: 8, minor: 1 } },
      { ...common, path: "e4", type: "fifo", mtime: -1000, user: "m".repeat(40), group: "ä" },
      { ...common, path: "e5", type: "hardlink", link: "l".repeat(200) },
    ] as Entry[]);
  },
);

foreignTest(
  ["tar"],
  "a sparse file in GNU's format is damage, because its content is not what it seems",
  async () => {
    await withDirectory(async (root) => {
      await Deno.writeTextFile(`${root}/holes`, "x");
      await Deno.truncate(`${root}/holes`, 10_000_000);
      const { stdout } = await must("tar", ["-C", root, "--format=pax", "-S", "-cf", "-", "holes"]);
      assert.throws(
        () => unarchived(stdout),
        (error) => error instanceof Damage && /GNU\.sparse/.test(error.message),
      );
    });
  },
);

foreignTest(["tar"], "names that are not UTF-8 are damage", async () => {
  await withDirectory(async (root) => {
    await must("bash", ["-c", "touch $'bad\\xff'"], { cwd: root });
    const { stdout } = await must("bash", ["-c", "tar --format=pax -cf - $'bad\\xff'"], { cwd: root });
    assert.throws(
      () => unarchived(stdout),
      (error) => error instanceof Damage && /not UTF-8/.test(error.message),
    );
  });
});
