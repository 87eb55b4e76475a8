import assert from "node:assert/strict";
import type { Entry } from "../../lib/model/entry.ts";
import { Stage } from "../../lib/extract/stage.ts";
import { withDirectory } from "../support/directory.ts";
import { foreignTest, must } from "../support/foreign.ts";
import { directory, entry, file, hardlink, restore, symlink, TIME } from "./support.ts";
import { NOBODY, unprivileged } from "./unprivileged.ts";

const ROOT = Deno.uid() === 0;

/** Type, mode, owner, group, milliseconds as another program sees them. */
async function stat(path: string): Promise<string> {
  const { text } = await must("stat", ["--format=%F|%a|%u|%g|%.3Y", path]);
  return text.trim();
}

/** A test that only root can run; CI is root. */
function rootTest(name: string, body: () => Promise<void>): void {
  Deno.test({ name: ROOT ? name : `${name} [skipped: run as root]`, ignore: !ROOT, fn: body });
}

foreignTest(["stat"], "files, directories, links and fifos get their modes and times", async () => {
  await withDirectory(async (root) => {
    const mine = `${Deno.uid()}|${Deno.gid()}|1700000000.123`;
    restore(root, [
      directory("d", { mode: 0o1750 }),
      directory("d/e", { mode: 0o555 }),
      file("d/f", { mode: 0o640 }),
      file("d/e/none", { mode: 0 }),
      symlink("d/s", "nowhere"),
      hardlink("d/h", "d/f"),
      entry("fifo", "d/p", { mode: 0o600 }),
    ]);
    assert.equal(await stat(`${root}/d`), `directory|1750|${mine}`);
    assert.equal(await stat(`${root}/d/e`), `directory|555|${mine}`);
    assert.equal(await stat(`${root}/d/f`), `regular file|640|${mine}`);
    assert.equal(await stat(`${root}/d/h`), `regular file|640|${mine}`);
    assert.equal(await stat(`${root}/d/e/none`), `regular file|0|${mine}`);
    assert.equal(await stat(`${root}/d/s`), `symbolic link|777|${mine}`);
    assert.equal(await stat(`${root}/d/p`), `fifo|600|${mine}`);
  });
});

for (
  const mtime of [0, 1, 999, -1, -999, -1000, -1001, -2_000_000_000_123, 2_147_483_648_001, 4_102_444_800_999]
) {
  foreignTest(["stat"], `the time ${mtime} is set to the millisecond`, async () => {
    await withDirectory(async (root) => {
      restore(root, [file("f", { mtime }), directory("d", { mtime }), symlink("s", "x")]);
      const seconds = (mtime / 1000).toFixed(3);
      for (const path of ["f", "d"]) assert.equal((await stat(`${root}/${path}`)).split("|")[4], seconds);
    });
  });
}

Deno.test("the time of a symlink is set, before 1970 to the second", async () => {
  await withDirectory((root) => {
    const times = [TIME, 0, -1000, -1001, -2_000_000_000_123];
    restore(root, times.map((mtime, at) => ({ ...symlink(`s${at}`, "x"), mtime })));
    const set = times.map((_, at) => Deno.lstatSync(`${root}/s${at}`).mtime?.getTime());
    assert.deepEqual(set, [TIME, 0, -1000, -2000, -2_000_000_001_000]);
  });
});

Deno.test("a time that no date can hold is reported and not set to another", async () => {
  await withDirectory((root) => {
    const before = Date.now() - 1000;
    const mtime = Number.MAX_SAFE_INTEGER;
    const notes = restore(root, [file("f", { mtime }), { ...symlink("s", "x"), mtime }]);
    assert.deepEqual(notes, ['Times not set, which the file system does not have: 2 ("f", "s")']);
    assert.ok(Deno.lstatSync(`${root}/f`).mtime!.getTime() > before);
  });
});

rootTest("root gives owners by number, also those beyond two million, and to links", async () => {
  await withDirectory(async (root) => {
    const owner: Partial<Entry> = { uid: 3_000_000_000, gid: 4_294_967_294, user: "root", group: "root" };
    const notes = restore(root, [directory("d", owner), file("d/f", owner), {
      ...symlink("s", "d"),
      ...owner,
    }]);
    assert.deepEqual(notes, []);
    for (const path of ["d", "d/f", "s"]) {
      assert.match(await stat(`${root}/${path}`), /\|3000000000\|4294967294\|/);
    }
    const { uid } = Deno.statSync(root);
    assert.equal(uid, 0, "nothing was followed");
  });
});

for (const mode of [0o4755, 0o2755, 0o6711, 0o7777, 0o1644]) {
  rootTest(`root restores the mode ${mode.toString(8)} for another owner`, async () => {
    await withDirectory(async (root) => {
      restore(root, [
        file("f", { mode, uid: 1234, gid: 5678 }),
        directory("d", { mode, uid: 1234, gid: 5678 }),
      ]);
      for (const path of ["f", "d"]) {
        assert.match(await stat(`${root}/${path}`), new RegExp(`\\|${mode.toString(8)}\\|1234\\|5678\\|`));
      }
    });
  });
}

for (const owner of [{ uid: 0xffff_ffff }, { gid: 0xffff_ffff }, { uid: 0xffff_ffff, gid: 0xffff_ffff }]) {
  const shown = JSON.stringify(owner);
  Deno.test(`a set-ID file of owner ${shown}, which chown would ignore, does not become our own`, async () => {
    await withDirectory((root) => {
      const notes = restore(root, [
        file("f", { mode: 0o6755, ...owner }),
        directory("d", { mode: 0o2755, ...owner }),
      ]);
      for (const path of ["f", "d"]) assert.equal(Deno.lstatSync(`${root}/${path}`).mode! & 0o7777, 0o755);
      assert.deepEqual(notes, [
        'Owners not set, which needs root and a file system with owners: 2 ("f", "d")',
        'Set-ID bits not set, since they would have been those of another owner: 2 ("f", "d")',
      ]);
    });
  });
}

Deno.test("no other user can read a file before its owner is set", async () => {
  await withDirectory((root) => {
    const stage = Stage.create(root);
    const staged = stage.files.file(file("d/f", { mode: 0o666 }));
    const { name } = [...Deno.readDirSync(root)].find((it) => it.isDirectory)!;
    assert.match(name, /^\.nightdrop-restore-[0-9a-f]{16}$/);
    const modes = ["", "/d", "/d/f"].map((path) => Deno.lstatSync(`${root}/${name}${path}`).mode! & 0o7777);
    assert.deepEqual(modes, [0o700, 0o700, 0o600]);
    staged.discard();
    stage.abandon();
  });
});

Deno.test("devices are left out and reported", async () => {
  await withDirectory((root) => {
    const device = { major: 8, minor: 0 };
    const notes = restore(root, [entry("block", "sda", { device }), entry("char", "dev/null", { device })]);
    assert.deepEqual([...Deno.readDirSync(root)], []);
    assert.deepEqual(notes, [
      'Devices not restored: device nodes are never made from a backup: 2 ("sda", "dev/null")',
    ]);
  });
});

Deno.test("without root owners are left, set-ID bits dropped, and both reported once with their number", async () => {
  await withDirectory(async (root) => {
    Deno.chmodSync(root, 0o1777);
    const other = { uid: 1, gid: 1 };
    const entries = [
      directory("d", { ...other, mode: 0o2755 }),
      file("d/suid", { ...other, mode: 0o4755 }),
      file("d/plain", { ...other, mode: 0o640 }),
      { ...symlink("d/s", "x"), ...other },
    ];
    const outcome = await unprivileged({ target: `${root}/t`, entries });
    assert.deepEqual(outcome, {
      notes: [
        'Owners not set, which needs root and a file system with owners: 4 ("d/suid", "d/plain", "d/s", "d")',
        'Set-ID bits not set, since they would have been those of another owner: 2 ("d/suid", "d")',
      ],
    });
    const modes = ["d", "d/suid", "d/plain"].map((path) =>
      Deno.lstatSync(`${root}/t/${path}`).mode! & 0o7777
    );
    assert.deepEqual(modes, [0o755, 0o755, 0o640]);
    if (ROOT) assert.equal(Deno.lstatSync(`${root}/t/d/suid`).uid, NOBODY);
  });
});

Deno.test("without root what one owns oneself keeps its set-ID bits", async () => {
  await withDirectory(async (root) => {
    Deno.chmodSync(root, 0o1777);
    const own = ROOT ? { uid: NOBODY, gid: NOBODY } : {};
    const outcome = await unprivileged({
      target: `${root}/t`,
      entries: [file("f", { mode: 0o6755, ...own })],
    });
    assert.deepEqual(outcome, { notes: [] });
    assert.equal(Deno.lstatSync(`${root}/t/f`).mode! & 0o7777, 0o6755);
  });
});

Deno.test("without root directories without rights are made, filled, moved, merged and abandoned", async () => {
  await withDirectory(async (root) => {
    Deno.chmodSync(root, 0o1777);
    const own = ROOT ? { uid: NOBODY, gid: NOBODY } : {};
    const locked = { ...own, mode: 0 };
    const entries = [
      directory("a", locked),
      directory("a/b", locked),
      file("a/b/c", locked),
      directory("e", { ...own, mode: 0o555 }),
    ];
    const target = `${root}/t`;
    assert.deepEqual(await unprivileged({ target, entries }), { notes: [] });
    assert.equal(Deno.lstatSync(`${target}/a`).mode! & 0o7777, 0);
    assert.equal(Deno.lstatSync(`${target}/e`).mode! & 0o7777, 0o555);

    for (const path of ["a", "e"]) Deno.chmodSync(`${target}/${path}`, 0o700);
    Deno.chmodSync(`${target}/a/b`, 0o700);
    const more = [...entries, file("a/b/d", own), directory("e/f", { ...own, mode: 0o111 })];
    const refused = await unprivileged({ target, entries: more });
    assert.equal(refused.error?.message, 'Nothing was moved into the target: "a/b/c" exists already');
    assert.deepEqual(
      [...Deno.readDirSync(target)].map(({ name }) => name).sort(),
      ["a", "e"],
      "the stage is gone",
    );

    assert.deepEqual(await unprivileged({ target, entries: more, overwrite: true }), { notes: [] });
    for (
      const [path, mode] of [["a", 0], ["e", 0o555], ["e/f", 0o111], ["a/b", 0], ["a/b/d", 0o644]] as const
    ) {
      assert.equal(Deno.lstatSync(`${target}/${path}`).mode! & 0o7777, mode, path);
      if (mode === 0 && !ROOT) Deno.chmodSync(`${target}/${path}`, 0o700);
    }
    assert.deepEqual([...Deno.readDirSync(target)].map(({ name }) => name).sort(), ["a", "e"]);
  });
});

Deno.test("fifos are left out and reported if mkfifo may not be run", async () => {
  await withDirectory(async (root) => {
    Deno.chmodSync(root, 0o1777);
    const permissions = ["--allow-read", "--allow-write", "--allow-sys"];
    const task = { target: `${root}/t`, entries: [entry("fifo", "p"), symlink("s", "p")] };
    const { notes } = await unprivileged(task, permissions);
    assert.equal(
      notes?.at(-1),
      'Fifos not restored: cannot run mkfifo, or the file system has none: 1 ("p")',
    );
    assert.deepEqual([...Deno.readDirSync(`${root}/t`)].map(({ name }) => name), ["s"]);
  });
});
