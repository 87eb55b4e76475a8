/** What the target's file system refuses of single entries: they are lost alone. */
import assert from "node:assert/strict";
import { Stage } from "../../lib/extract/stage.ts";
import { attempt, isLostAlone } from "../../lib/extract/system.ts";
import { withDirectory } from "../support/directory.ts";
import { CONTENT, directory, file, fill, hardlink, listing, publish, restore, symlink } from "./support.ts";

/** An error as Deno has it: some codes it knows by name, others by number only. */
function systemError(code: string | undefined, number: number): Error {
  return Object.assign(new Error(`Refused (os error ${number}): link 'a' -> 'b'`), code && { code });
}

/** Runs `body` while `Deno[call]` fails with `error` when `when` says so. */
function withFailing(
  call: "linkSync" | "symlinkSync" | "renameSync" | "mkdirSync",
  error: Error,
  when: (path: string) => boolean,
  body: () => void,
): void {
  const all = Deno as unknown as Record<string, (...args: string[]) => void>;
  const real = all[call]!;
  all[call] = (...args) => {
    if (when(args.join(" "))) throw error;
    real(...args);
  };
  try {
    body();
  } finally {
    all[call] = real;
  }
}

function thrown(error: Error): unknown {
  try {
    return attempt("try", () => {
      throw error;
    });
  } catch (failure) {
    return failure;
  }
}

for (
  const [name, number] of [["ENAMETOOLONG", 36], ["EILSEQ", 84], ["EINVAL", 22], ["ELOOP", 40], [
    "EMLINK",
    31,
  ]] as const
) {
  Deno.test(`${name} is of one path`, () => {
    assert.ok(isLostAlone(thrown(systemError(name, number))));
    assert.ok(isLostAlone(thrown(systemError(undefined, number))));
  });
}

for (
  const [name, number] of [["ENOSPC", 28], ["EDQUOT", 122], ["EROFS", 30], ["EIO", 5], [
    "EMFILE",
    24,
  ]] as const
) {
  Deno.test(`${name} is of the whole target`, () => {
    assert.ok(!isLostAlone(thrown(systemError(name, number))));
    assert.ok(!isLostAlone(thrown(systemError(undefined, number))));
  });
}

Deno.test("a file with as many links as the file system takes is copied once, and the rest are links to the copy", async () => {
  await withDirectory((root) => {
    const stage = Stage.create(root);
    fill(stage, [file("f", { mode: 0o640 })]);
    const full = (args: string): boolean => /\/f \S+$/.test(args) && !/\/f \S+\/[ab]$/.test(args);
    withFailing("linkSync", systemError(undefined, 31), full, () => {
      const links = ["a", "b", "c", "d", "e"].map((name) =>
        stage.make({ ...hardlink(name, "f"), mode: 0o640 })
      );
      assert.deepEqual(links.map((altered) => altered === undefined), [true, true, false, true, true]);
      assert.equal(links[2], 'cannot be a hard link to "f" in the target: it is a copy');
    });
    publish(stage, []);
    const inode = (name: string): number => Deno.statSync(`${root}/${name}`).ino!;
    assert.deepEqual(["a", "b", "c", "d", "e"].map((name) => inode(name) === inode("f")), [
      true,
      true,
      false,
      false,
      false,
    ]);
    assert.deepEqual(["d", "e"].map(inode), [inode("c"), inode("c")]);
    const content = `= ${JSON.stringify(new TextDecoder().decode(CONTENT))}`;
    assert.deepEqual(listing(root), ["a", "b", "c", "d", "e", "f"].map((name) => `0640 /${name} ${content}`));
  });
});

Deno.test("without links, only symlinks are lost and hard links become copies", async () => {
  await withDirectory((root) => {
    const stage = Stage.create(root);
    fill(stage, [file("f")]);
    const refused = systemError("EPERM", 1);
    withFailing(
      "linkSync",
      refused,
      () => true,
      () => assert.match(stage.make(hardlink("h", "f"))!, /a copy$/),
    );
    withFailing(
      "symlinkSync",
      refused,
      () => true,
      () => assert.throws(() => stage.make(symlink("s", "f")), isLostAlone),
    );
    publish(stage, []);
    assert.deepEqual(listing(root).map((it) => it.split(" ")[1]), ["/f", "/h"]);
  });
});

Deno.test("entries that the system does not move stay in the stage, and the rest is moved", async () => {
  await withDirectory((root) => {
    Deno.mkdirSync(`${root}/d`);
    const stage = Stage.create(root);
    fill(stage, [file("a"), directory("d"), file("d/x"), file("d/y"), file("z")]);
    withFailing("renameSync", systemError("EBUSY", 16), (args) => args.endsWith("/d/x"), () => {
      const left = publish(stage, [], { overwrite: true });
      assert.deepEqual(left.map(({ path, size }) => [path, size]), [["d/x", CONTENT.length]]);
      assert.match(
        left[0]!.reason,
        /^Cannot move "d\/x" into its place: .*; it is in ".*\/\.nightdrop-restore-/,
      );
    });
    stage.abandon();
    assert.deepEqual(listing(stage.path).map((it) => it.slice(0, 10)), [
      "0755 /d/",
      "0644 /d/x ",
    ]);
    Deno.removeSync(stage.path, { recursive: true });
    assert.deepEqual(listing(root).map((it) => it.split(" ")[1]), ["/a", "/d/", "/d/y", "/z"]);
  });
});

Deno.test("a directory that the system refuses loses what is in it, and nothing else", async () => {
  await withDirectory((root) => {
    const name = "n".repeat(256);
    const stage = Stage.create(root);
    for (const path of [`${name}/f`, `d/${name}`]) {
      assert.throws(() => stage.files.file(file(path)), isLostAlone);
    }
    assert.throws(() => stage.make(directory(name)), isLostAlone);
    assert.equal(stage.hasDirectory(name), false);
    stage.abandon();
    assert.deepEqual(restore(root, [file("d/f")]), []);
  });
});
