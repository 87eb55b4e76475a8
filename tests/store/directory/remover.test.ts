/** What the owner of a directory store can remove: objects, and nothing that a link leads to. */
import assert from "node:assert/strict";
import { directoryReader, directoryWriter } from "../../../lib/store/directory/directory.ts";
import { directoryRemover } from "../../../lib/store/directory/remover.ts";
import { StoreError } from "../../../lib/store/contract.ts";
import { exists } from "../../../lib/disk/exists.ts";
import { withDirectory } from "../../support/directory.ts";

const ONE = "web1/20260101T000000Z-0000000000000000/one";
const TWO = "web1/20260101T000000Z-0000000000000000/two";

/** Runs `body` with a store of two objects. */
function withStore(body: (root: string) => Promise<void>): Promise<void> {
  return withDirectory(async (directory) => {
    const root = `${directory}/store`;
    const writer = directoryWriter(root);
    for (const name of [ONE, TWO]) await writer.put(name, new TextEncoder().encode(name));
    await body(root);
  });
}

async function namesIn(root: string): Promise<string[]> {
  return (await Array.fromAsync(directoryReader(root).list(""))).map(({ name }) => name);
}

Deno.test("an object is removed, and with the last one its directory", () =>
  withStore(async (root) => {
    const remover = directoryRemover(root);
    await remover.remove([ONE]);
    assert.deepEqual(await namesIn(root), [TWO]);
    await remover.remove([ONE, TWO]);
    assert.deepEqual([exists(`${root}/web1`), [...Deno.readDirSync(`${root}/web1`)].length], [true, 0]);
    await remover.remove([TWO]);
  }));

Deno.test("old files of an interrupted writer go with the last object, young ones keep the directory", () =>
  withStore(async (root) => {
    const directory = `${root}/${ONE.slice(0, -4)}`;
    const leftover = `${directory}/.incoming-${crypto.randomUUID()}`;
    Deno.writeTextFileSync(leftover, "half");
    await directoryRemover(root).remove([ONE, TWO]);
    assert.ok(exists(leftover));
    Deno.utimeSync(leftover, new Date(0), new Date(0));
    await directoryWriter(root).put(ONE, new Uint8Array(1));
    await directoryRemover(root).remove([ONE]);
    assert.ok(!exists(directory));
  }));

Deno.test("neither a link nor its destination is removed", () =>
  withStore(async (root) => {
    const outside = `${root}/../outside`;
    Deno.mkdirSync(outside);
    Deno.writeTextFileSync(`${outside}/one`, "kept");
    Deno.symlinkSync(outside, `${root}/web1/link`);
    await assert.rejects(directoryRemover(root).remove(["web1/link/one"]), StoreError);
    Deno.symlinkSync(`${outside}/one`, `${root}/web1/file`);
    await directoryRemover(root).remove(["web1/file"]);
    assert.equal(Deno.readTextFileSync(`${outside}/one`), "kept");
    assert.ok(exists(`${root}/web1/file`));
  }));

Deno.test("names that no object has are refused", () =>
  withStore(async (root) => {
    for (const name of ["../store/web1", "/etc/passwd", "web1/../x", ".nightdrop-store"]) {
      await assert.rejects(directoryRemover(root).remove([name]), TypeError);
    }
  }));
