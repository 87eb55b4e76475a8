import assert from "node:assert/strict";
import { Stage } from "../../lib/extract/stage.ts";
import { Failure } from "../../lib/model/failure.ts";
import { withDirectory } from "../support/directory.ts";
import { directory, file, fill, listing, publish, restore, TIME } from "./support.ts";
import { NOBODY, unprivileged } from "./unprivileged.ts";

const NEW = '= "from the backup\\n"';

function failure(body: () => void): Failure {
  try {
    body();
  } catch (error) {
    assert.ok(error instanceof Failure, `a Failure and not ${error}`);
    return error;
  }
  assert.fail("it should have been refused");
}

function time(path: string): number {
  return Deno.lstatSync(path).mtime!.getTime();
}

Deno.test("a missing target is made, with what is above it, for this user alone", async () => {
  await withDirectory((root) => {
    restore(`${root}/a/b`, [file("f")]);
    assert.deepEqual(listing(root), ["0700 /a/", "0700 /a/b/", `0644 /a/b/f ${NEW}`]);
  });
});

Deno.test("an existing target keeps its mode", async () => {
  await withDirectory((root) => {
    Deno.mkdirSync(`${root}/t`);
    Deno.chmodSync(`${root}/t`, 0o751);
    restore(`${root}/t`, [file("f")]);
    assert.deepEqual(listing(root), ["0751 /t/", `0644 /t/f ${NEW}`]);
  });
});

Deno.test("a target that is a symlink is followed, and what it becomes later is not", async () => {
  await withDirectory((root) => {
    Deno.mkdirSync(`${root}/real`);
    Deno.mkdirSync(`${root}/other`);
    Deno.symlinkSync("real", `${root}/link`);
    const stage = Stage.create(`${root}/link`);
    Deno.removeSync(`${root}/link`);
    Deno.symlinkSync("other", `${root}/link`);
    fill(stage, [file("f")]);
    publish(stage, [file("f")], { overwrite: true });
    assert.deepEqual(listing(`${root}/real`), [`0644 /f ${NEW}`]);
    assert.deepEqual(listing(`${root}/other`), []);
  });
});

for (
  const [title, make] of [
    ["a file", (path: string): void => Deno.writeTextFileSync(path, "")],
    ["a symlink to nothing", (path: string): void => Deno.symlinkSync("gone", path)],
  ] as const
) {
  Deno.test(`a target that is ${title} is refused`, async () => {
    await withDirectory((root) => {
      make(`${root}/t`);
      assert.match(
        failure(() => restore(`${root}/t`, [file("f")])).message,
        /^Cannot make the target|is not a directory$/,
      );
    });
  });
}

Deno.test("a directory made only for what is below it is this user's alone", async () => {
  await withDirectory((root) => {
    restore(root, [file("srv/www/index.html")]);
    assert.deepEqual(listing(root).slice(0, 2), ["0700 /srv/", "0700 /srv/www/"]);
  });
});

for (const overwrite of [false, true]) {
  const how = overwrite ? "with" : "without";

  Deno.test(`the times of directories survive, merged or moved, ${how} overwrite`, async () => {
    await withDirectory((root) => {
      Deno.mkdirSync(`${root}/there`);
      const entries = [
        directory("there"),
        directory("there/new", { mtime: TIME + 1 }),
        file("there/new/f"),
        directory("new", { mtime: TIME + 2, mode: 0o500 }),
        directory("new/er", { mtime: TIME + 3 }),
        file("new/er/f"),
      ];
      restore(root, entries, { overwrite });
      assert.equal(time(`${root}/there/new`), TIME + 1);
      assert.equal(time(`${root}/new`), TIME + 2);
      assert.equal(time(`${root}/new/er`), TIME + 3);
      assert.equal(
        time(`${root}/there`) === TIME,
        overwrite,
        "an existing directory is given the time with overwrite only",
      );
    });
  });

  Deno.test(`an existing directory ${overwrite ? "takes" : "keeps its mode and not"} that of the backup ${how} overwrite`, async () => {
    await withDirectory((root) => {
      Deno.mkdirSync(`${root}/d`);
      Deno.chmodSync(`${root}/d`, 0o775);
      Deno.writeTextFileSync(`${root}/d/mine`, "mine");
      restore(root, [directory("d", { mode: 0o700 }), file("d/f")], { overwrite });
      assert.deepEqual(listing(root), [
        `${overwrite ? "0700" : "0775"} /d/`,
        `0644 /d/f ${NEW}`,
        '0644 /d/mine = "mine"',
      ]);
    });
  });

  Deno.test(`an existing directory that has no entry of its own keeps its mode ${how} overwrite`, async () => {
    await withDirectory((root) => {
      Deno.mkdirSync(`${root}/d/e`, { recursive: true });
      for (const path of ["d", "d/e"]) Deno.chmodSync(`${root}/${path}`, 0o755);
      restore(root, [file("d/e/f")], { overwrite });
      assert.deepEqual(listing(root), ["0755 /d/", "0755 /d/e/", `0644 /d/e/f ${NEW}`]);
    });
  });
}

Deno.test("entries that cannot be moved stay in the stage and are named, and the rest is moved", async () => {
  await withDirectory(async (root) => {
    Deno.mkdirSync(`${root}/t/d`, { recursive: true });
    Deno.chmodSync(`${root}/t/d`, 0o555);
    if (Deno.uid() === 0) {
      for (const path of ["t", "t/d"]) Deno.chownSync(`${root}/${path}`, NOBODY, NOBODY);
    }
    Deno.chmodSync(root, 0o755);
    const entries = [file("d/f"), file("e/f"), file("g")];
    const { notes } = await unprivileged({ target: `${root}/t`, entries });
    const { name } = Deno.readDirSync(`${root}/t`).find((it) => it.name.startsWith(".nightdrop-restore-"))!;
    const left = `${Deno.realPathSync(root)}/t/${name}`;
    const refused = 'Cannot move "d/f" into its place: Permission denied (os error 13)';
    assert.deepEqual(notes?.filter((it) => !/^Owners/.test(it)), [`${refused}; it is in "${left}"`]);
    assert.deepEqual(listing(left), ["0700 /d/", `0644 /d/f ${NEW}`]);
    Deno.removeSync(left, { recursive: true });
    assert.deepEqual(listing(`${root}/t`), ["0555 /d/", "0700 /e/", `0644 /e/f ${NEW}`, `0644 /g ${NEW}`]);
  });
});

Deno.test("changes of the stage by another program are a normal error", async () => {
  await withDirectory((root) => {
    const stage = Stage.create(root);
    const { name } = [...Deno.readDirSync(root)].find((it) => it.isDirectory)!;
    Deno.removeSync(`${root}/${name}`, { recursive: true });
    assert.match(
      failure(() => publish(stage, [], { overwrite: true })).message,
      /^Cannot read "": No such file/,
    );
    stage.abandon();
    assert.deepEqual(listing(root), []);
  });
});
