import assert from "node:assert/strict";
import type { Host } from "../../lib/config/types.ts";
import { withScenario } from "../support/scenario.ts";
import { rootTest, select, walked } from "./walking.ts";
import { OwnDirectories, type OwnDirectory } from "../../lib/source/own.ts";
import { walk } from "../../lib/source/walk.ts";
import { withDirectory } from "../support/directory.ts";
import { directory, file, symlink, writeTree } from "./tree.ts";

const TREE = directory({
  a: file("a"),
  store: directory({ h1: directory({ volume: file("sealed") }) }),
  link: symlink("store"),
  z: file("z"),
});

function own(path: string, closed = true): OwnDirectories {
  return new OwnDirectories([{ path, what: "the store", closed }]);
}

/** The paths of a walk below `root`, and what was left out. */
function around(root: string, own: OwnDirectories, exclude: string[] = []): [string[], string[]] {
  const left: string[] = [];
  const leftOut = (_: OwnDirectory, path: string): void => void left.push(path.slice(root.length + 1));
  const entries = [...walk(select([root], { exclude }), () => {}, { own, leftOut })];
  return [entries.map(({ file }) => file.slice(root.length + 1)), left];
}

for (const name of ["store", "link", "link/../store"]) {
  Deno.test(`the store is left out that the config calls ${name}`, () =>
    withDirectory((root) => {
      writeTree(root, TREE);
      assert.deepEqual(around(root, own(`${root}/${name}`)), [["", "a", "link", "z"], ["store"]]);
    }));
}

rootTest(
  "a store that is mounted a second time by a bind mount is left out there, too",
  () =>
    withDirectory((root) => {
      writeTree(
        root,
        directory({ all: directory({ again: directory() }), store: directory({ h1: directory() }) }),
      );
      const mount = (...args: string[]): boolean =>
        new Deno.Command(args[0]!, { args: args.slice(1) }).outputSync().success;
      assert.ok(mount("mount", "--bind", `${root}/store`, `${root}/all/again`));
      try {
        assert.deepEqual(around(`${root}/all`, own(`${root}/store`)), [[""], ["again"]]);
      } finally {
        mount("umount", `${root}/all/again`);
      }
    }),
);

Deno.test("a store that is created during the walk is left out under its real name", () =>
  withDirectory((root) => {
    writeTree(root, directory({ a: file(), disk: directory({}), link: symlink("disk") }));
    const met: string[] = [];
    for (const { file } of walk(select([root]), () => {}, { own: own(`${root}/link/store`) })) {
      met.push(file.slice(root.length + 1));
      if (file === `${root}/a`) Deno.mkdirSync(`${root}/link/store/h1`, { recursive: true });
    }
    assert.deepEqual(met, ["", "a", "disk", "link"]);
  }));

Deno.test("a store that a pattern excludes is not reported", () =>
  withDirectory((root) => {
    writeTree(root, TREE);
    assert.deepEqual(around(root, own(`${root}/store`), ["/**/store"]), [["", "a", "link", "z"], []]);
  }));

Deno.test("a declared path that is or lies in the store is unread, by any name", () =>
  withDirectory((root) => {
    writeTree(root, TREE);
    for (const path of ["store", "store/h1", "store/h1/volume", "link/h1"]) {
      const troubles: string[] = [];
      const selection = select([`${root}/${path}`]);
      const entries = walk(selection, ({ kind, reason }) => troubles.push(`${kind} ${reason}`), {
        own: own(`${root}/store`),
      });
      assert.deepEqual([...entries], []);
      assert.equal(troubles.length, 1);
      assert.match(troubles[0]!, /^unread it is part of the store/);
    }
    assert.equal(walked(select([`${root}/store`])).entries.length, 3, "where it is no store");
  }));

Deno.test("a directory beside the store whose name begins like it is no part of it", () =>
  withDirectory((root) => {
    writeTree(root, directory({ store: directory(), "store-data": directory({ a: file() }) }));
    const path = `${root}/store-data`;
    const entries = walk(select([path]), () => assert.fail(), { own: own(`${root}/store`) });
    assert.equal([...entries].length, 2);
  }));

Deno.test("store and state directory below a declared path do not grow with each backup, and each run reports them", () =>
  withScenario(directory({ a: file("a") }), async (scenario) => {
    const changes: Partial<Host> = { selection: { ...scenario.host.selection, paths: [scenario.directory] } };
    Deno.mkdirSync(`${scenario.directory}/store`);
    const counts = [];
    for (let run = 0; run < 3; run += 1) counts.push((await scenario.withHost(changes).backup()).entries);
    assert.deepEqual(new Set(counts).size, 1, counts.join());
    const said = scenario.events.flatMap((it) =>
      it.event === "warning" || it.event === "note" ? [`${it.event} ${it.text}`] : []
    );
    assert.equal(
      said.filter((it) => /^warning .*store.* is left out: it is the store .* below a declared path/.test(it))
        .length,
      3,
    );
    assert.equal(said.filter((it) => /^note .*state.* is left out/.test(it)).length, 3);
  }));
