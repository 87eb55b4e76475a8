/** How the files of a stage are created. */
import assert from "node:assert/strict";
import { closeSync } from "node:fs";
import { NewFiles } from "../../lib/extract/new_files.ts";
import { Stage } from "../../lib/extract/stage.ts";
import { withDirectory } from "../support/directory.ts";
import { file, fill, listing, publish } from "./support.ts";

Deno.test("a new file is readable by its owner alone, and leaves nothing at the top of the stage", () =>
  withDirectory((root) => {
    Deno.mkdirSync(`${root}/d`);
    closeSync(new NewFiles(root).make(`${root}/d/f`));
    assert.deepEqual(listing(root), ["0755 /d/", '0600 /d/f = ""']);
  }));

Deno.test("a new file replaces nothing, also where the file system has no hard links", () =>
  withDirectory((root) => {
    const files = new NewFiles(root);
    Deno.writeTextFileSync(`${root}/f`, "mine");
    Deno.symlinkSync("nowhere", `${root}/s`);
    const before = listing(root);
    const refused = (): void => {
      for (const name of ["f", "s"]) {
        assert.throws(() => files.make(`${root}/${name}`), { code: "EEXIST" });
        assert.deepEqual(listing(root), before);
      }
    };
    refused();
    withoutLinks(refused);
  }));

Deno.test("files are created where the file system has no hard links", () =>
  withDirectory((root) => {
    let asked = 0;
    withoutLinks(() => {
      const stage = Stage.create(root);
      fill(stage, [file("a"), file("d/b"), file("c")]);
      publish(stage, []);
    }, () => asked++);
    assert.deepEqual(listing(root).map((it) => it.split(" ")[1]), ["/a", "/c", "/d/", "/d/b"]);
    assert.equal(asked, 1, "the first file shows it");
  }));

Deno.test("a continued restore removes a new file that a killed one left at the top of the stage", () =>
  withDirectory((root) => {
    const killed = Stage.create(root, { purpose: "one" });
    fill(killed, [file("a")]);
    killed.volumes.complete("1", { losses: killed.files.losses, lost: [], renamed: [] });
    Deno.writeTextFileSync(`${killed.path}/.new-0123456789abcdef`, "");
    killed.keep();
    const stage = Stage.create(root, { purpose: "one" });
    assert.equal(stage.path, killed.path);
    publish(stage, []);
    assert.deepEqual(listing(root).map((it) => it.split(" ")[1]), ["/a"]);
  }));

/** Runs `body` while no hard link can be created. */
function withoutLinks(body: () => void, asked: () => void = () => {}): void {
  const real = Deno.linkSync;
  Deno.linkSync = () => {
    asked();
    throw new Error("Operation not permitted (os error 1): link 'a' -> 'b'");
  };
  try {
    body();
  } finally {
    Deno.linkSync = real;
  }
}
