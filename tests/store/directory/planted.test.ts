/** Links that another user who can write to a directory store has planted there lead neither a writer nor a reader away. */
import assert from "node:assert/strict";
import { directoryMarker, directoryReader, directoryWriter } from "../../../lib/store/directory/directory.ts";
import { must } from "../../support/foreign.ts";
import { withDirectory } from "../../support/directory.ts";
import { content, rejects } from "../checks.ts";

const NAME = "web1/20261123T050000Z-0000000000000000/a";

/** What is planted in a store, and the kind of error that a put gives; undefined where it does its work all the same. */
const PLANTED: Record<string, readonly [script: string, refused: "setup" | "exists" | undefined]> = {
  "the directory of a host": ["ln -s ../outside web1", "setup"],
  "the directory of a snapshot": [`mkdir web1; ln -s ../../outside ${NAME.replace("/a", "")}`, "setup"],
  "a link into another directory of the store": ["mkdir web2; ln -s web2 web1", "setup"],
  "a link to nothing": ["ln -s ../outside/new web1", "setup"],
  "an object": [`mkdir -p $(dirname ${NAME}); ln -s ../../../outside/victim ${NAME}`, "exists"],
  "an object to come": [`mkdir -p $(dirname ${NAME}); ln -s ../../../outside/new ${NAME}`, "exists"],
};

async function withPlanted(
  script: string,
  body: (store: string, outside: string) => Promise<void>,
): Promise<void> {
  await withDirectory(async (at) => {
    await must("sh", [
      "-c",
      `cd ${at}; mkdir store outside; echo victim > outside/victim; cd store; ${script}`,
    ]);
    await body(`${at}/store`, `${at}/outside`);
    assert.deepEqual([...Deno.readDirSync(`${at}/outside`)].map(({ name }) => name), ["victim"]);
    assert.equal(Deno.readTextFileSync(`${at}/outside/victim`), "victim\n");
    assert.equal(Deno.statSync(`${at}/outside/victim`).mode! & 0o777, 0o644);
  });
}

for (const [what, [script, refused]] of Object.entries(PLANTED)) {
  Deno.test(`a writer and a reader do not follow what was planted: ${what}`, () =>
    withPlanted(script, async (store) => {
      const put = directoryWriter(store).put(NAME, content(9));
      if (refused === undefined) await put;
      else await rejects(put, refused);
      await rejects(directoryReader(store).get(NAME, { maxBytes: 100 }), "missing");
      assert.deepEqual(await Array.fromAsync(directoryReader(store).list("")), []);
    }));
}

Deno.test("a directory that becomes a link between two objects is noticed", () =>
  withPlanted("true", async (store) => {
    const writer = directoryWriter(store);
    await writer.put(NAME, content(9));
    await must("sh", ["-c", `cd ${store}; mv web1 moved; ln -s ../outside web1; mkdir -p moved`]);
    await rejects(writer.put(`${NAME}b`, content(9)), "setup");
  }));

for (const replace of [false, true]) {
  Deno.test(`a marker that is a link is not followed, and its target keeps its mode: ${replace ? "replaced" : "begun"}`, () =>
    withPlanted("ln -s ../outside/victim .nightdrop-store", async (store) => {
      const marker = directoryMarker(store);
      await rejects(marker.read(), "setup");
      if (!replace) return void await rejects(marker.begin(false), "setup");
      const identity = await marker.begin(true);
      assert.equal(await marker.read(), identity);
      assert.ok(Deno.lstatSync(`${store}/.nightdrop-store`).isFile);
      assert.equal(Deno.statSync(`${store}/.nightdrop-store`).mode! & 0o777, 0o444);
    }));
}

Deno.test({
  name: "root does not use a store that it would reach by a link of another user",
  ignore: Deno.uid() !== 0,
  fn: () =>
    withPlanted("true", async (store, outside) => {
      const link = `${store}/../link`;
      await must("sh", ["-c", `ln -s ${outside} ${link}; chown -h nobody ${link}`]);
      for (const path of [link, `${link}/below`]) {
        await rejects(directoryWriter(path).put(NAME, content(9)), "setup");
        await rejects(directoryMarker(path).begin(true), "setup");
        await rejects(directoryMarker(path).read(), "setup");
        await rejects(Array.fromAsync(directoryReader(path).list("")), "setup");
        await rejects(directoryReader(path).get(NAME, { maxBytes: 9 }), "setup");
      }
    }),
});
