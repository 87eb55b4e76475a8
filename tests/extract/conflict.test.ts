/** What is in the way in the target: reported before anything is fetched, and refused again before anything is moved. */
import assert from "node:assert/strict";
import { Conflicts } from "../../lib/extract/conflict.ts";
import { isLostAlone } from "../../lib/extract/system.ts";
import type { Entry } from "../../lib/model/entry.ts";
import { Failure } from "../../lib/model/failure.ts";
import { withDirectory } from "../support/directory.ts";
import { foreignTest } from "../support/foreign.ts";
import { directory, entry, file, hardlink, listing, restore, symlink } from "./support.ts";

/** What is in the way of one entry that is asked for alone. */
function conflict(target: string, it: Entry, overwrite: boolean): string | undefined {
  return new Conflicts(target, overwrite).of(it);
}

const THERE = {
  "nothing": (): void => {},
  "a file": (path: string): void => Deno.writeTextFileSync(path, "mine"),
  "a directory": (path: string): void => Deno.mkdirSync(path),
  "a full directory": (path: string): void => Deno.mkdirSync(`${path}/full`, { recursive: true }),
  "a symlink to a file": (path: string): void => Deno.symlinkSync("other", path),
  "a symlink to a directory": (path: string): void => Deno.symlinkSync("../outside", path),
  "a symlink to nothing": (path: string): void => Deno.symlinkSync("gone", path),
} as const;

const COMING = {
  "a file": [file("a")],
  "a directory": [directory("a")],
  "a symlink": [symlink("a", "x")],
  "a hard link": [file("f"), hardlink("a", "f")],
  "a fifo": [entry("fifo", "a")],
  "a file below": [file("a/b")],
  "a directory below": [directory("a"), directory("a/b")],
} as const;

type Answer = "yes" | "overwrite" | "no";

/** Whether it can come: yes, when it may overwrite, or not at all. */
const TABLE: Readonly<Record<keyof typeof THERE, Readonly<Record<keyof typeof COMING, Answer>>>> = {
  "nothing": row("yes", "yes"),
  "a file": row("overwrite", "no"),
  "a directory": row("no", "yes"),
  "a full directory": row("no", "yes"),
  "a symlink to a file": row("overwrite", "no"),
  "a symlink to a directory": row("overwrite", "no"),
  "a symlink to nothing": row("overwrite", "no"),
};

function row(other: Answer, directory: Answer): Record<keyof typeof COMING, Answer> {
  return {
    "a file": other,
    "a directory": directory,
    "a symlink": other,
    "a hard link": other,
    "a fifo": other,
    "a file below": directory,
    "a directory below": directory,
  };
}

function prepare(root: string, there: keyof typeof THERE): string {
  const target = `${root}/target`;
  Deno.mkdirSync(`${root}/outside`);
  Deno.mkdirSync(target);
  Deno.writeTextFileSync(`${target}/other`, "mine");
  THERE[there](`${target}/a`);
  return target;
}

for (const there of Object.keys(THERE) as (keyof typeof THERE)[]) {
  for (const coming of Object.keys(COMING) as (keyof typeof COMING)[]) {
    for (const overwrite of [false, true]) {
      const answer = TABLE[there][coming];
      const possible = answer === "yes" || (answer === "overwrite" && overwrite);
      const how = `${overwrite ? "with" : "without"} overwrite`;
      const what = possible ? "is restored" : overwrite ? "stays in the stage" : "is refused";
      foreignTest(["mkfifo"], `${coming} ${what} where ${there} is, ${how}`, async () => {
        await withDirectory((root) => {
          const target = prepare(root, there);
          const before = listing(root);
          const reported = COMING[coming].map((it) => conflict(target, it, overwrite)).find((it) =>
            it !== undefined
          );
          assert.equal(reported === undefined, possible, `reported: ${reported}`);
          if (possible) return came(target, COMING[coming], overwrite, root);
          if (overwrite) return stays(target, COMING[coming], reported!, root);
          assert.throws(
            () => restore(target, COMING[coming], { overwrite }),
            (error) =>
              error instanceof Failure && error.message === `Nothing was moved into the target: ${reported}`,
          );
          assert.deepEqual(listing(root), before, "everything is as it was");
        });
      });
    }
  }
}

/** What cannot be replaced stays as it is, what would replace it is kept and named, and the rest is restored. */
function stays(target: string, entries: readonly Entry[], reported: string, root: string): void {
  const [before, outside] = [`${target}/a`, `${root}/outside`].map((path) => listingOf(path));
  const left = restore(target, [...entries, file("rest")], { overwrite: true });
  const { name } = Deno.readDirSync(target).find((it) => it.name.startsWith(".nightdrop-restore-"))!;
  const stage = Deno.realPathSync(`${target}/${name}`);
  const [, why] = /^"a" (.*)$/.exec(reported)!;
  assert.ok(left.length > 0);
  for (const it of left) {
    assert.equal(it, `Cannot move "a" into its place: it ${why}; it is in "${stage}"`);
  }
  assert.ok(Deno.lstatSync(`${stage}/${entries.at(-1)!.path}`));
  assert.ok(Deno.lstatSync(`${target}/rest`).isFile);
  assert.deepEqual([`${target}/a`, outside && `${root}/outside`].map((path) => listingOf(path!)), [
    before,
    outside,
  ]);
}

function listingOf(path: string): string[] {
  return Deno.lstatSync(path).isDirectory
    ? listing(path)
    : [Deno.lstatSync(path).isSymlink ? "symlink" : "file"];
}

function came(target: string, entries: readonly Entry[], overwrite: boolean, root: string): void {
  restore(target, entries, { overwrite });
  const last = entries.at(-1)!;
  const stat = Deno.lstatSync(`${target}/${last.path}`);
  assert.equal(stat.isDirectory, last.type === "directory");
  assert.equal(stat.isSymlink, last.type === "symlink");
  assert.equal(
    Deno.readTextFileSync(`${target}/other`),
    "mine",
    "what a replaced link pointed at is as it was",
  );
  assert.deepEqual(listing(`${root}/outside`), []);
}

Deno.test("a conflict of one entry prevents moving all of them", async () => {
  await withDirectory((root) => {
    const target = prepare(root, "a full directory");
    const before = listing(root);
    assert.throws(() => restore(target, [file("0"), file("a/1"), file("other"), file("z")]), Failure);
    assert.deepEqual(listing(root), before);
  });
});

Deno.test("a conflict of many entries is reported once", async () => {
  await withDirectory((root) => {
    const target = prepare(root, "a symlink to a directory");
    const conflicts = new Conflicts(target, true);
    const reported = [directory("a"), file("a/b"), file("a/c"), directory("a/d"), file("a/d/e"), file("b")]
      .map((it) => conflicts.of(it));
    assert.deepEqual(reported.filter((it) => it !== undefined), [
      '"a" is a symlink there, which is not followed',
    ]);
  });
});

Deno.test("several lookups one after the other give the same results as each alone", async () => {
  await withDirectory((root) => {
    const target = prepare(root, "a full directory");
    Deno.writeTextFileSync(`${target}/a/full/f`, "");
    const entries = [
      directory("a"),
      file("a/b/c"),
      directory("a/full"),
      file("a/full/f"),
      file("a/full/g"),
      file("b/c"),
      file("b/d"),
      file("other"),
      directory("a"),
    ];
    for (const overwrite of [false, true]) {
      const conflicts = new Conflicts(target, overwrite);
      for (const it of entries) assert.equal(conflicts.of(it), conflict(target, it, overwrite), it.path);
    }
  });
});

Deno.test("a missing target has no conflicts", () => {
  assert.equal(conflict("/nonexistent/target", file("a"), false), undefined);
});

Deno.test("a target that is a file is refused", async () => {
  await withDirectory((root) => {
    Deno.writeTextFileSync(`${root}/t`, "");
    assert.throws(() => new Conflicts(`${root}/t`, true), (error) => {
      return error instanceof Failure && /is not a directory/.test(error.message) && error.hint !== undefined;
    });
  });
});

for (const path of ["../x", "/x", "a//b", "a\0b", "a/".repeat(20_000) + "a"]) {
  Deno.test(`the path ${JSON.stringify(path).slice(0, 20)} cannot be restored, whatever is there`, async () => {
    await withDirectory((root) => {
      assert.match(conflict(root, file(path), true) ?? "", /is not a path that can be restored$/);
    });
  });
}

Deno.test("a path that is too long for the system is no conflict, but refused alone by the stage", async () => {
  await withDirectory((root) => {
    const room = 4095 - new TextEncoder().encode(`${root}/.nightdrop-restore-0123456789abcdef/`).length;
    for (const length of [room, room + 1, 20_000]) {
      const path = "a/".repeat(Math.ceil(length / 2)).slice(0, length).replace(/\/$/, "b");
      assert.equal(conflict(root, file(path), false), undefined, `${length} bytes`);
      if (length === room) restore(`${root}`, [file(path)]);
      else assert.throws(() => restore(`${root}/`, [file(path)]), isLostAlone);
    }
  });
});

for (const name of ["n".repeat(256), "\u00e9".repeat(128)]) {
  Deno.test(`a name of ${new TextEncoder().encode(name).length} bytes is no conflict, but refused alone`, async () => {
    await withDirectory((root) => {
      Deno.mkdirSync(`${root}/d`);
      for (const path of [name, `d/${name}`, `d/${name}/f`]) {
        assert.equal(conflict(root, file(path), false), undefined);
        assert.throws(() => restore(root, [file(path)]), isLostAlone);
      }
    });
  });
}
