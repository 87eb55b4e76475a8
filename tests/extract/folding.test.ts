/** Targets that take different names for one: nothing is merged without a word. */
import assert from "node:assert/strict";
import { FoldedDirectories } from "../../lib/extract/folded_directories.ts";
import { foldsNames } from "../../lib/extract/folding.ts";
import { withDirectory } from "../support/directory.ts";
import { bash, rootForeignTest, run } from "../support/foreign.ts";
import { directory as entryOfDirectory, file as entryOfFile } from "./support.ts";
import { assertSameTree, directory, file, symlink } from "../source/tree.ts";
import { restoredSource, withDrill } from "../support/drill.ts";

/** How file systems fold: what they take for the same has the same form. */
const FOLDINGS: Readonly<Record<string, (path: string) => string>> = {
  "ignores case": (path) => path.toLowerCase(),
  "normalizes accents": (path) => path.normalize("NFD"),
  "folds case wholly": (path) => path.toUpperCase().toLowerCase(),
  "drops dots at the end": (path) => path.replace(/\.+(?=\/|$)/g, ""),
  "drops spaces at the end": (path) => path.replace(/ +(?=\/|$)/g, ""),
};

/** Runs `body` while Deno sees what is below `root` as such a file system shows it. */
async function folded<T>(
  root: string,
  fold: (path: string) => string,
  body: () => T | Promise<T>,
): Promise<T> {
  const all = Deno as unknown as Record<string, (...args: unknown[]) => unknown>;
  const calls = [
    "mkdirSync",
    "lstatSync",
    "removeSync",
    "symlinkSync",
    "chmodSync",
    "chownSync",
    "utimeSync",
  ];
  const real = Object.fromEntries(calls.map((call) => [call, all[call]!]));
  const below = (path: unknown): unknown =>
    typeof path === "string" && path.startsWith(`${root}/`) ? root + fold(path.slice(root.length)) : path;
  for (const call of calls) all[call] = (...args) => real[call]!(...args.map(below));
  try {
    return await body();
  } finally {
    Object.assign(all, real);
  }
}

for (const [what, fold] of Object.entries(FOLDINGS)) {
  Deno.test(`a file system that ${what} is known by a try`, () =>
    withDirectory(async (root) => {
      assert.equal(foldsNames(root), false);
      assert.equal(await folded(root, fold, () => foldsNames(root)), true);
      assert.deepEqual([...Deno.readDirSync(root)], []);
    }));
}

Deno.test("a directory that is there when it is made is another one with a name alike", () =>
  withDirectory((root) =>
    folded(root, FOLDINGS["ignores case"]!, () => {
      const directories = new FoldedDirectories(root);
      directories.make(entryOfDirectory("Etc/x"));
      directories.make(entryOfFile("Etc/x/f"));
      directories.make(entryOfFile("etc/X/f"));
      directories.make(entryOfDirectory("Etc/y"));
      assert.deepEqual(
        ["Etc", "Etc/x", "Etc/x/f", "Etc/y", "etc", "etc/X/f", "other"].map((path) =>
          directories.merged(path)
        ),
        [undefined, undefined, undefined, undefined, "etc", "etc", undefined],
      );
    })
  ));

const TREE = directory({
  Etc: directory({ a: file("upper") }, { mode: 0o750 }),
  etc: directory({ b: file("lower"), deep: directory({ c: file("c") }) }, { mode: 0o700 }),
  x: directory({
    README: file("upper"),
    readme: file("lower"),
    "caf\u00e9": file("nfc"),
    "cafe\u0301": file("nfd"),
  }),
  other: file("other"),
});

rootForeignTest(
  ["mkfs.exfat", "mount.exfat-fuse", "losetup"],
  "what exFAT cannot tell apart is lost alone and named",
  () =>
    withDrill(TREE, async (drill) => {
      const cwd = drill.directory;
      // By FUSE, which needs nothing of the kernel that not every machine has.
      await bash(
        `truncate -s 64M image; mkdir mount; mkfs.exfat image >/dev/null
         loop=$(losetup -f --show image); trap 'losetup -d $loop' EXIT
         mount.exfat-fuse -o umask=077 $loop mount >/dev/null`,
        { cwd },
      );
      try {
        const { entries } = await drill.backup();
        const target = `${cwd}/mount/back`;
        const result = await drill.restore({ target });
        const named = drill.events.flatMap((it) => it.event === "trouble" ? [it.path] : []);
        assert.equal(result.lost, named.length);
        assert.equal(result.entries + result.lost, entries);
        const back = restoredSource(drill, target);
        const [one, other] = ["Etc/a", "etc/b"].map((path) => named.some((it) => it.endsWith(path)));
        assert.notEqual(one, other, "one of the two directories is lost, and all in it");
        assert.deepEqual(
          [...Deno.readDirSync(`${back}/${one ? "etc" : "Etc"}`)].map((it) => it.name).sort(),
          one ? ["b", "deep"] : ["a"],
        );
        assert.equal(named.filter((it) => /\/x\/readme$/i.test(it)).length, 1);
        assert.equal(Deno.readTextFileSync(`${back}/other`), "other");
      } finally {
        await run("umount", ["mount"], { cwd });
      }
    }),
);

Deno.test("where every name is one by itself, all of them are restored", () =>
  withDrill(directory({ ...TREE.holds, s: symlink("S"), S: symlink("s") }), async (drill) => {
    await drill.backup();
    assert.equal((await drill.restore()).lost, 0);
    assertSameTree(restoredSource(drill), drill.source);
  }));
