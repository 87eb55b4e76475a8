import assert from "node:assert/strict";
import { Stage } from "../../lib/extract/stage.ts";
import { withDirectory } from "../support/directory.ts";
import { directory, file, fill, listing, publish, symlink } from "./support.ts";

const ENTRIES = [
  directory("d", { mode: 0 }),
  file("d/f"),
  directory("d/e", { mode: 0o555 }),
  symlink("d/e/s", ".."),
];

Deno.test("an abandoned stage leaves an existing target as it was", async () => {
  await withDirectory((root) => {
    Deno.mkdirSync(`${root}/t/d`, { recursive: true });
    Deno.writeTextFileSync(`${root}/t/d/mine`, "mine");
    const before = listing(root);
    const stage = Stage.create(`${root}/t`);
    fill(stage, ENTRIES);
    stage.abandon();
    stage.abandon();
    assert.deepEqual(listing(root), before);
  });
});

Deno.test("abandoning a stage removes the target and parents that were created for it", async () => {
  await withDirectory((root) => {
    Deno.mkdirSync(`${root}/a`);
    const stage = Stage.create(`${root}/a/b/c`);
    fill(stage, ENTRIES);
    stage.abandon();
    assert.deepEqual(listing(root), ["0755 /a/"]);
  });
});

Deno.test("a target that was made and used by others meanwhile stays", async () => {
  await withDirectory((root) => {
    const stage = Stage.create(`${root}/a/b`);
    Deno.writeTextFileSync(`${root}/a/other`, "");
    stage.abandon();
    assert.deepEqual(listing(root), ["0700 /a/", '0644 /a/other = ""']);
  });
});

Deno.test("a stage with a file still open is abandoned", async () => {
  await withDirectory((root) => {
    const stage = Stage.create(root);
    const staged = stage.files.file(file("f"));
    stage.abandon();
    staged.discard();
    assert.deepEqual(listing(root), []);
  });
});

Deno.test("a file that is discarded before it is closed is gone, and its name is free", async () => {
  await withDirectory((root) => {
    const stage = Stage.create(root);
    const open = stage.files.file(file("d/a"));
    open.discard();
    const failed = stage.files.file(file("d/a"));
    assert.throws(() => failed.close(), /less content/);
    failed.discard();
    fill(stage, [file("d/a")]);
    publish(stage, []);
    assert.deepEqual(listing(root), ["0700 /d/", '0644 /d/a = "from the backup\\n"']);
  });
});

Deno.test("abandoning what was published changes nothing, not even an empty target", async () => {
  await withDirectory((root) => {
    const stage = Stage.create(`${root}/t`);
    publish(stage, []);
    stage.abandon();
    assert.deepEqual(listing(root), ["0700 /t/"]);
  });
});
