/** Real targets: directories that exist, mounts in the target, file systems without links, owners and modes. */
import assert from "node:assert/strict";
import { EXFAT_PROGRAMS, mountExfat } from "../support/exfat.ts";
import { withScenario } from "../support/scenario.ts";
import { bash, rootForeignTest, run } from "../support/foreign.ts";
import { restoredSource } from "../support/scenario.ts";
import { assertSameTree, directory, fifo, file, hardlink, symlink } from "../source/tree.ts";

const TIME = 1_234_567_890_000;

const TREE = directory({
  aaa: file("aaa"),
  app: directory({
    data: directory({
      db: file("db", { mode: 0o640, mtime: TIME }),
      link: symlink("db"),
      here: hardlink("app/data/db"),
      deep: directory({ f: file("f") }, { mode: 0o750, mtime: TIME }),
    }, { mode: 0o710, mtime: TIME }),
  }),
  zzz: file("zzz"),
}, { mtime: TIME });

/** How something comes to be mounted on a directory `data` in the target; `other` is a directory outside. */
const MOUNTS = {
  "another file system": "mount -t tmpfs none data",
  "a directory of the same file system": "mount --bind other data",
  "a mount below a mount": "mount -t tmpfs none data; mkdir data/deep; mount --bind other data/deep",
} as const;

for (const [what, mount] of Object.entries(MOUNTS)) {
  for (const overwrite of [false, true]) {
    rootForeignTest(
      ["mount"],
      `a tree is restored across ${what}, ${overwrite ? "over what exists" : "into directories that exist"}`,
      () =>
        withScenario(TREE, async (scenario) => {
          await scenario.backup();
          const back = restoredSource(scenario);
          await bash(`mkdir -p '${back}/app/data' other; ln -s '${back}/app/data' data; ${mount}`, {
            cwd: scenario.directory,
          });
          try {
            if (overwrite) Deno.writeTextFileSync(`${back}/app/data/db`, "older");
            const { lost, notes } = await scenario.restore({ overwrite });
            assert.deepEqual([lost, notes], [0, []]);
            if (overwrite) assertSameTree(back, scenario.source);
            else assert.equal(Deno.readTextFileSync(`${back}/app/data/deep/f`), "f");
            const { text } = await bash("find back -name '.nightdrop*'", { cwd: scenario.directory });
            assert.equal(text, "", "no stage is left");
          } finally {
            await run("umount", ["-R", `${back}/app/data`]);
          }
        }),
    );
  }
}

rootForeignTest(
  ["mount"],
  "a hard link across a mount becomes a copy, and is named",
  () =>
    withScenario(
      directory({ a: file("a"), data: directory({ b: hardlink("a"), c: hardlink("a") }) }),
      async (scenario) => {
        await scenario.backup();
        const back = restoredSource(scenario);
        await bash(`mkdir -p '${back}/data'; mount -t tmpfs none '${back}/data'`);
        try {
          const { lost } = await scenario.restore();
          const named = scenario.events.flatMap((it) =>
            it.event === "trouble" ? [`${it.path.split("/").at(-1)} ${it.reason}`] : []
          );
          assert.equal(lost, 1);
          assert.match(named[0]!, /^b cannot be a hard link to ".*\/a" in the target: it is a copy$/);
          assert.equal(Deno.statSync(`${back}/data/b`).ino, Deno.statSync(`${back}/data/c`).ino);
          assert.equal(Deno.readTextFileSync(`${back}/data/c`), "a");
        } finally {
          await run("umount", [`${back}/data`]);
        }
      },
    ),
);

rootForeignTest(
  ["mount"],
  "entries for a mount that other users control stay in the stage and are named",
  () =>
    withScenario(TREE, async (scenario) => {
      await scenario.backup();
      const back = restoredSource(scenario);
      await bash(`mkdir -p '${back}/app/data'; mount -t tmpfs -o mode=0777 none '${back}/app/data'`);
      try {
        const { lost, entries } = await scenario.restore({ overwrite: true });
        const named = scenario.events.flatMap((it) => it.event === "trouble" ? [it] : []);
        assert.equal(lost, 5);
        assert.ok(entries > 3);
        assert.ok(
          named.every(({ reason }) =>
            /another file system is mounted there, .*; it is in ".*\.nightdrop-restore-/.test(reason)
          ),
        );
        assert.equal(Deno.readTextFileSync(`${back}/zzz`), "zzz");
        const [, stage] = /it is in "(.*)"/.exec(named[0]!.reason)!;
        assert.equal(Deno.readTextFileSync(`${stage}${scenario.source}/app/data/db`), "db");
      } finally {
        await run("umount", [`${back}/app/data`]);
      }
    }),
);

rootForeignTest(
  ["chattr"],
  "a file that cannot be replaced stays, and everything else is restored",
  () =>
    withScenario(TREE, async (scenario) => {
      await scenario.backup();
      await scenario.restore();
      const back = restoredSource(scenario);
      for (const name of ["aaa", "app/data/deep/f", "zzz"]) Deno.writeTextFileSync(`${back}/${name}`, "mine");
      await bash(`chattr +i '${back}/app/data/deep/f'`);
      try {
        const { lost } = await scenario.restore({ overwrite: true });
        assert.equal(lost, 1);
        assert.equal(Deno.readTextFileSync(`${back}/app/data/deep/f`), "mine");
        assert.deepEqual(["aaa", "zzz"].map((name) => Deno.readTextFileSync(`${back}/${name}`)), [
          "aaa",
          "zzz",
        ]);
      } finally {
        await bash(`chattr -i '${back}/app/data/deep/f'`);
      }
    }),
);

for (const globs of [["db"], ["/**/app/data/deep/f"], ["app/data/link"]]) {
  Deno.test(`existing directories that ${globs} does not select keep owner and mode, also with overwrite`, () =>
    withScenario(TREE, async (scenario) => {
      await scenario.backup();
      await scenario.restore();
      const back = restoredSource(scenario);
      const directories = ["", "app", "app/data", "app/data/deep"].map((path) => `${back}/${path}`);
      for (const path of directories) {
        Deno.chmodSync(path, 0o700);
        if (Deno.uid() === 0) Deno.chownSync(path, 1234, 1234);
      }
      const modes = (): unknown[] =>
        directories.map((path) => Deno.lstatSync(path)).map((it) => [it.mode, it.uid]);
      const before = modes();
      await scenario.restore({
        globs: globs.map((glob) => glob.replace("app/data/link", `${scenario.source}/app/data/link`)),
        overwrite: true,
      });
      assert.deepEqual(modes(), before);
      await scenario.restore({ globs: [`${scenario.source}/app`], overwrite: true });
      assertSameTree(`${back}/app`, `${scenario.source}/app`);
      assert.deepEqual(modes()[0], before[0], "what was not selected");
    }));
}

/** Kinds of entries, and what becomes of each on exFAT, which has no links, owners, modes, colons and cases. */
const EXFAT = {
  "a:colon": [file("x"), "lost"],
  FILE: [file("X"), "kept"],
  file: [file("x"), "marked"],
  "hard link": [hardlink("file"), "copied"],
  "symbolic link": [symlink("file"), "lost"],
  fifo: [fifo(), "noted"],
  Directory: [directory({ f: file("F") }), "kept"],
  directory: [directory({ f: file("f") }, { mode: 0o500 }), "marked"],
  "colon:directory": [directory({ f: file("f") }), "lost"],
} as const;

const EXFAT_TREE = directory(Object.fromEntries(Object.entries(EXFAT).map(([name, [node]]) => [name, node])));

rootForeignTest(
  EXFAT_PROGRAMS,
  "onto exFAT that everybody can write to all is restored that it can hold, and the rest is counted and named",
  () =>
    withScenario(EXFAT_TREE, async (scenario) => {
      const cwd = scenario.directory;
      await bash(`mkdir mount; ${mountExfat("mount")}`, { cwd });
      try {
        const { entries } = await scenario.backup();
        const target = `${cwd}/mount/back`;
        const result = await scenario.restore({ target });
        const named = scenario.events.flatMap((it) =>
          it.event === "trouble" ? [it.path.slice(scenario.source.length)] : []
        );
        const expected = Object.entries(EXFAT).filter(([, [, fate]]) => fate !== "kept" && fate !== "noted");
        assert.deepEqual(named.sort(), [...expected.map(([name]) => name), "colon:directory/f"].sort());
        assert.equal(result.lost, named.length);
        assert.equal(result.entries, entries - 4);
        const read = (path: string): string =>
          Deno.readTextFileSync(`${restoredSource(scenario, target)}/${path}`);
        assert.deepEqual(
          ["file~nightdrop-1", "hard link", "FILE", "directory~nightdrop-1/f", "Directory/f"].map(read),
          ["x", "x", "X", "f", "F"],
        );
        assert.match(result.notes.join("\n"), /^Modes not set.*: \d+ \(".*"/m);
        assert.match(result.notes.join("\n"), /^Fifos not restored.*fifo"/m);
      } finally {
        await run("umount", ["mount"], { cwd });
      }
    }),
);
