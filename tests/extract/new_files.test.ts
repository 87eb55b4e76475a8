/** How the files of a stage are created. */
import assert from "node:assert/strict";
import { closeSync } from "node:fs";
import { NewFiles } from "../../lib/extract/new_files.ts";
import { Stage } from "../../lib/extract/stage.ts";
import { withDirectory } from "../support/directory.ts";
import { file, fill, listing, publish } from "./support.ts";

/** Path of so many directories that a file in it is created by a link. */
const DEEP = "1/2/3/4/5/6/7/8";

for (const [how, directory] of Object.entries({ "in its place": "1/2/3/4/5/6/7", "by a link": DEEP })) {
  Deno.test(`a new file that is created ${how} is readable by its owner alone, and leaves no other`, () =>
    withDirectory((root) => {
      Deno.mkdirSync(`${root}/${directory}`, { recursive: true });
      const links = linksDuring(() => closeSync(new NewFiles(root).make(`${root}/${directory}/f`)));
      assert.equal(links, directory === DEEP ? 1 : 0);
      const files = listing(root).filter((it) => !it.endsWith("/"));
      assert.deepEqual(files, [`0600 /${directory}/f = ""`]);
    }));
}

Deno.test("a new file replaces nothing, also where the file system has no hard links", () =>
  withDirectory((root) => {
    const files = new NewFiles(root);
    Deno.mkdirSync(`${root}/${DEEP}`, { recursive: true });
    for (const directory of [root, `${root}/${DEEP}`]) {
      Deno.writeTextFileSync(`${directory}/f`, "mine");
      Deno.symlinkSync("nowhere", `${directory}/s`);
    }
    const before = listing(root);
    const refused = (): void => {
      for (const name of ["f", "s", `${DEEP}/f`, `${DEEP}/s`]) {
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
      fill(stage, [file(`${DEEP}/a`), file("d/b"), file(`${DEEP}/c`)]);
      publish(stage, []);
    }, () => asked++);
    const files = listing(root).filter((it) => !it.endsWith("/")).map((it) => it.split(" ")[1]);
    assert.deepEqual(files, [`/${DEEP}/a`, `/${DEEP}/c`, "/d/b"]);
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

/** Returns the number of hard links that `body` creates. */
function linksDuring(body: () => void): number {
  const real = Deno.linkSync;
  let links = 0;
  Deno.linkSync = (...paths) => {
    links += 1;
    real(...paths);
  };
  try {
    body();
  } finally {
    Deno.linkSync = real;
  }
  return links;
}

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
