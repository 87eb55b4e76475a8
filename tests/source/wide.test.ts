import assert from "node:assert/strict";
import { listDirectory, type Names } from "../../lib/source/listing.ts";
import { isWide, WideLister } from "../../lib/source/wide.ts";
import { bash, foreignTest } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";
import { pathsBelow, select, walkApart, walked } from "./walking.ts";

const LIMITS = [
  { range: 1, narrow: 1, many: 0 },
  { range: 100, narrow: 10, many: 1000 },
  { range: 8_000_000, narrow: 1, many: 1000 },
];

function list(lister: WideLister, path: string): Names {
  const listing = lister.list(path);
  for (let next = listing.next();; next = listing.next()) if (next.done) return next.value;
}

function nextOf(names: Names): string | undefined {
  while (!names.isReady());
  return names.next();
}

function all(names: Names): [string, boolean][] {
  const found: [string, boolean][] = [];
  for (let name = nextOf(names); name !== undefined; name = nextOf(names)) {
    found.push([name, names.isDirectory()]);
  }
  return found;
}

/** Names that sort differently by UTF-16 and UTF-8, that are no UTF-8 and read the same, and directories among them. */
const MAKE = String.raw`
for i in $(seq 60); do touch "file-$i"; done
mkdir a z "d e" $'line\nbreak' 'ключ'; touch '～' '𝒜' '𝒜b' $'\ue000' '�' 'ÿ' A B
touch $'bad\xff' $'bad\xfe' $'bad\xfd' $'bad\xef\xbf\xbd' $'z\xff'; mkdir $'bad\xfc'
ln -s a link
`;

for (const limits of LIMITS) {
  foreignTest(
    ["bash"],
    `in ranges of ${limits.range} bytes a directory lists as it does at once`,
    () =>
      withDirectory(async (root) => {
        await bash(MAKE, { cwd: root });
        using lister = new WideLister(limits);
        const [wide, plain] = [all(list(lister, root)), all(listDirectory(root, true))];
        assert.deepEqual(wide.map(([name]) => name), plain.map(([name]) => name));
        const unique = ([name]: [string, boolean]): boolean => !name.includes("�");
        assert.deepEqual(wide.filter(unique), plain.filter(unique));
      }),
  );
}

Deno.test("an empty directory has no names, however it is listed", () =>
  withDirectory((root) => {
    using lister = new WideLister();
    assert.deepEqual(all(list(lister, root)), []);
  }));

Deno.test("directories within each other are listed by one lister", () =>
  withDirectory((root) => {
    for (const name of ["a", "b", "c"]) Deno.mkdirSync(`${root}/${name}/sub`, { recursive: true });
    using lister = new WideLister({ range: 1, narrow: 1, many: 0 });
    const outer = list(lister, root);
    for (const name of ["a", "b", "c"]) {
      assert.equal(nextOf(outer), name);
      assert.deepEqual(all(list(lister, `${root}/${name}`)), [["sub", true]]);
    }
    assert.equal(nextOf(outer), undefined);
  }));

Deno.test("names that are added and removed between ranges do not change the order", () =>
  withDirectory((root) => {
    for (const name of ["b", "d", "f"]) Deno.writeTextFileSync(`${root}/${name}`, "");
    using lister = new WideLister({ range: 1, narrow: 1, many: 0 });
    const names = list(lister, root);
    assert.equal(nextOf(names), "b");
    Deno.writeTextFileSync(`${root}/a`, "");
    Deno.writeTextFileSync(`${root}/c`, "");
    Deno.removeSync(`${root}/f`);
    assert.deepEqual(all(names).map(([name]) => name), ["c", "d"]);
  }));

for (const [what, code] of [["none", "ENOENT"], ["file", "ENOTDIR"]] as const) {
  Deno.test(`a path that is not a directory gives the system's error ${code}, as in one call`, () =>
    withDirectory((root) => {
      Deno.writeTextFileSync(`${root}/file`, "");
      using lister = new WideLister();
      assert.throws(() => list(lister, `${root}/${what}`), { code });
      assert.throws(() => listDirectory(`${root}/${what}`, false), { code });
    }));
}

for (
  const [what, size, blocks, wide] of [
    ["of 1 MiB in blocks", 2 ** 20, 2 ** 11, false],
    ["of 2 MiB in blocks", 2 ** 21, 2 ** 12, true],
    ["of 255 KiB without blocks", 255 * 1024, 0, false],
    ["of 256 KiB without blocks", 2 ** 18, 0, true],
    ["with a size of 256 Ki, the number of its names, and more bytes in blocks,", 2 ** 18, 2 ** 11, true],
  ] as const
) {
  Deno.test(`a directory ${what} is ${wide ? "" : "not "}listed in ranges`, () => {
    assert.equal(isWide({ size, blocks }), wide);
  });
}

foreignTest(
  ["bash"],
  "a walk finds all of a wide directory, with rules, and in the sandbox",
  () =>
    withDirectory(async (root) => {
      const pad = "n".repeat(230);
      await bash(
        `mkdir wide; cd wide; seq -f '%06g-${pad}' 0 8999 | xargs touch; mkdir 'zz-sub' 'zz-skip'; touch zz-sub/x`,
        {
          cwd: root,
        },
      );
      assert.ok(isWide(Deno.statSync(`${root}/wide`)), "the directory is a wide one here");
      const paths = pathsBelow(root, { exclude: ["zz-skip/", "*1-nnn*"] });
      assert.equal(paths.length, 1 + 8100 + 2);
      assert.deepEqual(paths, [...paths].sort());
      assert.deepEqual(walked(select([root], { excludeIfPresent: [`000007-${pad}`] })).entries.length, 3);
      const permissions = [`--allow-read=${root},/etc/passwd,/etc/group`, "--allow-sys=statfs"];
      const { entries, troubles } = await walkApart(select([root]), permissions);
      assert.deepEqual([entries.length, troubles], [9005, []]);
    }),
);
