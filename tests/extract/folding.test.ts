/** Targets that take different names for one: nothing is merged without a word. */
import assert from "node:assert/strict";
import { FoldedDirectories } from "../../lib/extract/folded_directories.ts";
import { plainLayout } from "../../lib/extract/layout.ts";
import { foldsNames } from "../../lib/extract/file_system.ts";
import { EXFAT_PROGRAMS, mountExfat } from "../support/exfat.ts";
import { withDirectory } from "../support/directory.ts";
import { bash, rootForeignTest, run } from "../support/foreign.ts";
import { directory as entryOfDirectory, file as entryOfFile } from "./support.ts";
import { assertSameTree, directory, file, symlink } from "../source/tree.ts";
import { restoredSource, withScenario } from "../support/scenario.ts";

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

Deno.test("a directory whose name is taken by another one gets a marked name", () =>
  withDirectory((root) =>
    folded(root, FOLDINGS["ignores case"]!, () => {
      const renamed = new Map<string, string>();
      const directories = new FoldedDirectories({ ...plainLayout(root), renamed });
      directories.make(entryOfDirectory("Etc/x"));
      directories.make(entryOfFile("Etc/x/f"));
      directories.make(entryOfFile("etc/X/f"));
      directories.make(entryOfFile("etc/x/f"));
      directories.make(entryOfDirectory("Etc/y"));
      assert.deepEqual([...renamed], [
        ["etc", "etc~nightdrop-1"],
        ["etc/x", "etc~nightdrop-1/x~nightdrop-1"],
      ]);
      assert.ok(Deno.lstatSync(`${root}/etc~nightdrop-1/x~nightdrop-1`).isDirectory);
      for (const path of ["Etc/x/f", "etc/X/f", "etc/x/f", "other"]) {
        assert.equal(directories.merged(path), undefined);
      }
    })
  ));

Deno.test("a directory for which no marked name is left is lost with all in it", () =>
  withDirectory((root) =>
    folded(root, FOLDINGS["ignores case"]!, () => {
      const directories = new FoldedDirectories({ ...plainLayout(root), renamed: new Map() });
      for (let count = 1; count <= 9; count++) Deno.mkdirSync(`${root}/etc~nightdrop-${count}`);
      directories.make(entryOfDirectory("Etc"));
      directories.make(entryOfFile("etc/f"));
      assert.equal(directories.merged("etc/f"), "etc");
      assert.equal(directories.merged("Etc/f"), undefined);
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
  EXFAT_PROGRAMS,
  "of names that exFAT takes for one, one is marked and named, and nothing is lost",
  () =>
    withScenario(TREE, async (scenario) => {
      const cwd = scenario.directory;
      await bash(`mkdir mount; ${mountExfat("mount", "-o umask=077")}`, { cwd });
      try {
        const { entries } = await scenario.backup();
        const target = `${cwd}/mount/back`;
        const result = await scenario.restore({ target });
        const named = scenario.events.flatMap((it) => it.event === "trouble" ? [it.path] : []);
        assert.equal(result.lost, named.length);
        assert.equal(result.entries, entries, "nothing is lost");
        const back = restoredSource(scenario, target);
        const read = (path: string): string => Deno.readTextFileSync(`${back}/${path}`);
        const [first, other] = named.includes(`${scenario.source.slice(1)}/etc`)
          ? ["Etc", "etc"]
          : ["etc", "Etc"];
        const files = { Etc: ["a", "upper"], etc: ["b", "lower"] } as const;
        for (const [directory, place] of [[first, first], [other, `${other}~nightdrop-1`]] as const) {
          const [name, content] = files[directory as "Etc" | "etc"];
          assert.equal(read(`${place}/${name}`), content);
        }
        const readmes = [...Deno.readDirSync(`${back}/x`)].map(({ name }) => name).filter((it) =>
          /readme/i.test(it)
        );
        assert.deepEqual(readmes.map((name) => read(`x/${name}`)).sort(), ["lower", "upper"]);
        assert.ok(readmes.some((name) => /^readme~nightdrop-1$/i.test(name)));
        assert.equal(read("other"), "other");
      } finally {
        await run("umount", ["mount"], { cwd });
      }
    }),
);

Deno.test("all names are restored on a file system that distinguishes them", () =>
  withScenario(directory({ ...TREE.holds, s: symlink("S"), S: symlink("s") }), async (scenario) => {
    await scenario.backup();
    assert.equal((await scenario.restore()).lost, 0);
    assertSameTree(restoredSource(scenario), scenario.source);
  }));
