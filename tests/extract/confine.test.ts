/** What a hostile host may try with names and sizes, one test for each attack. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Entry } from "../../lib/model/entry.ts";
import { Damage, Failure } from "../../lib/model/failure.ts";
import { Stage } from "../../lib/extract/stage.ts";
import { withDirectory } from "../support/directory.ts";
import { foreignTest } from "../support/foreign.ts";
import { attack, refused } from "./attack.ts";
import { directory, entry, file, hardlink, listing, publish, restore, symlink } from "./support.ts";

for (
  const [title, path] of [
    ["climbs", "../secret/key"],
    ["climbs later", "a/../../secret/key"],
    ["is absolute", "/tmp/nightdrop-attack"],
    ["is the parent", ".."],
    ["is the directory itself", "."],
    ["holds a dot", "a/./b"],
    ["holds nothing between slashes", "a//b"],
    ["ends in a slash", "a/"],
    ["is empty", ""],
    ["holds a NUL", "a\0b"],
    ["holds half a character", "a\ud800b"],
    ["is longer than any path", "a/".repeat(20_000) + "a"],
  ] as const
) {
  for (const type of ["file", "directory", "symlink", "hardlink", "fifo"] as const) {
    Deno.test(`a ${type} whose path ${title} is refused`, async () => {
      await refused([file("f"), entry(type, path, { link: "f" })], /is not a path that can be restored/);
    });
  }
}

Deno.test("a bomb of 10,000 directories in each other is refused cleanly", async () => {
  const path = "d/".repeat(10_000) + "f";
  const { error, target } = await attack([file(path)]);
  assert.ok(error instanceof Failure && !(error instanceof Damage), "it may be an honest host's long path");
  assert.match(error.message, /^"(d\/)+…" is longer than a path may be on this system$/);
  assert.ok(error.message.length < 300, "the message is short");
  assert.deepEqual(target, []);
  assert.match(error.hint ?? "", /shorter/);
});

Deno.test("1,500 directories in each other are made, moved, merged and removed", async () => {
  const path = "d/".repeat(1500) + "f";
  await withDirectory((root) => {
    restore(`${root}/target`, [file(path)]);
    assert.equal(Deno.readTextFileSync(`${root}/target/${path}`), "from the backup\n");
    restore(`${root}/target`, [file(path)], { overwrite: true });
    assert.equal([...Deno.readDirSync(`${root}/target`)].length, 1);
  });
});

Deno.test("a name longer than the system takes is refused cleanly", async () => {
  await refused([file("n".repeat(256))], /^Cannot make "n+…": ENAMETOOLONG: name too long/, Failure);
});

for (const text of ["../../secret", "../secret", "../../../../../../../../tmp", "."]) {
  Deno.test(`a file through a symlink to ${text} is refused`, async () => {
    const entries = [symlink("a", text), file("a/key")];
    await refused(entries, /"a" is in the backup twice/);
    await withDirectory((root) => {
      const stage = Stage.create(root);
      stage.make(symlink("a", text));
      for (const it of [file("a/key"), file("a/b/key")]) assert.throws(() => stage.files.file(it), Damage);
      assert.throws(() => stage.make(directory("a")), Damage);
      assert.throws(() => stage.make(directory("a/b")), Damage);
      assert.throws(() => stage.finishDirectory(directory("a")), Damage);
      assert.throws(() => stage.make(symlink("a/b", "x")), Damage);
      assert.throws(() => stage.make(entry("fifo", "a/b")), Damage);
      assert.equal(stage.hasDirectory("a"), false);
      stage.abandon();
    });
  });
}

for (
  const [title, entries] of [
    ["two files", [file("a"), file("a")]],
    ["a file and a symlink", [file("a"), symlink("a", "x")]],
    ["a file and a hard link", [file("b"), file("a"), hardlink("a", "b")]],
    ["a file and a fifo", [file("a"), entry("fifo", "a")]],
    ["two symlinks", [symlink("a", "x"), symlink("a", "y")]],
    ["two fifos", [entry("fifo", "a"), entry("fifo", "a")]],
    ["a directory made for a file, and a file", [file("a/b"), file("a")]],
    ["a directory made for a file, and a symlink", [file("a/b"), symlink("a", "x")]],
  ] as [string, Entry[]][]
) {
  foreignTest(["mkfifo"], `${title} of one name are refused`, async () => {
    await refused(entries, /"a" is in the backup twice/);
  });
}

for (
  const [title, entries] of [
    ["a file", [file("a"), file("a/b")]],
    ["a file, for a directory", [file("a"), directory("a")]],
    ["a file, for a hard link", [file("c"), file("a"), hardlink("a/b", "c")]],
    ["a symlink, for a directory", [symlink("a", "."), directory("a")]],
    ["a fifo, for a symlink", [entry("fifo", "a"), symlink("a/b", "x")]],
  ] as [string, Entry[]][]
) {
  foreignTest(["mkfifo"], `${title} where a directory is expected is refused`, async () => {
    await refused(entries, /"a" is a directory and something else in one backup/);
  });
}

Deno.test("names that differ in case or Unicode form are different names", async () => {
  await withDirectory((root) => {
    const names = ["a", "A", "\u00e9", "e\u0301", "\u212b", "\u00c5", "a\u200b", " a", "a ", "A\u0307"];
    restore(root, names.map((name) => file(name)));
    assert.deepEqual([...Deno.readDirSync(root)].map(({ name }) => name).sort(), names.sort());
  });
});

Deno.test("a file with the name of a stage is a file like any other", async () => {
  await withDirectory((root) => {
    const name = ".nightdrop-restore-0123456789abcdef";
    Deno.mkdirSync(`${root}/${name}`);
    Deno.writeTextFileSync(`${root}/${name}/left`, "by a crash");
    restore(root, [file(`${name}/right`)]);
    assert.deepEqual([...Deno.readDirSync(`${root}/${name}`)].map(({ name }) => name).sort(), [
      "left",
      "right",
    ]);
    assert.deepEqual([...Deno.readDirSync(root)].map(({ name }) => name), [name], "the stage itself is gone");
  });
});

for (
  const [how, size, content] of [["more", 3, "1234"], ["more", 0, "1"], ["less", 3, "12"], [
    "less",
    1,
    "",
  ]] as const
) {
  Deno.test(`a file with ${how} content than its ${size} bytes is refused`, async () => {
    await withDirectory((root) => {
      const stage = Stage.create(root);
      const staged = stage.files.file(file("a", { size }));
      assert.throws(() => {
        staged.write(new TextEncoder().encode(content));
        staged.close();
      }, (error) => error instanceof Damage && error.message.includes(`"a" has ${how} content`));
      staged.discard();
      staged.discard();
      publish(stage, []);
      assert.deepEqual(listing(root), []);
    });
  });
}

Deno.test("messages hold names escaped and cut", async () => {
  await refused(
    [file("\x1b[2J"), file("\x1b[2J")],
    /^"\\x1b\[2J" is in the backup twice, or the target takes its name for that of another entry$/,
  );
  await refused([file(`${"n".repeat(255)}/${"n".repeat(256)}`)], /^Cannot make "n{200}…": /, Failure);
});

Deno.test("no made-up entries of a host change anything outside of the stage", async () => {
  const name = fc.constantFrom("a", "b", "..", ".", "", "secret", "key", "target");
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join("/"));
  const type = fc.constantFrom("file", "directory", "symlink", "hardlink", "fifo");
  const link = fc.oneof(
    path,
    path.map((it) => `../${it}`),
    fc.constantFrom("/etc", "../secret", "../../secret", "../../secret/key", "a", "b/key"),
  );
  const entries = fc.array(
    fc.record({ path, type, link }).map((it) => entry(it.type, it.path, { link: it.link })),
    { maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(entries, async (made) => {
      const { error } = await attack(
        made,
        (directory) => Deno.symlinkSync("../secret", `${directory}/target/b`),
      );
      assert.ok(error === undefined || error instanceof Failure, `${error}`);
    }),
    { numRuns: 150 },
  );
});
