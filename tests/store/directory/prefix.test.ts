/** Lists of the objects with a prefix begin at its directory, and yield what is in a list of the whole store. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { directoryReader } from "../../../lib/store/directory/directory.ts";
import { withDirectory } from "../../support/directory.ts";

const component = fc.constantFrom("a", "b", "a b", "é", ".a", "..", "", "\ufffd", "aa");
const path = fc.array(component, { minLength: 1, maxLength: 3 }).map((it) => it.join("/"));
const kind = fc.constantFrom("file", "file", "file", "directory", "link", "outside");

/** Creates what is at a path of a store, as far as it can be created there. */
function plant(root: string, name: string, kind: string): void {
  const at = `${root}/${name.replaceAll("..", "x")}`;
  try {
    if (kind === "directory") return Deno.mkdirSync(at, { recursive: true });
    Deno.mkdirSync(at.slice(0, at.lastIndexOf("/")), { recursive: true });
    if (kind === "file") Deno.writeTextFileSync(at, name);
    else Deno.symlinkSync(kind === "link" ? `${root}/a` : `${root}/../outside`, at);
  } catch {
    // Another one is there, or it has an empty name.
  }
}

Deno.test("a list that begins at the directory of its prefix yields what is in a list of all, and passes over the same", async () => {
  const planted = fc.array(fc.tuple(path, kind), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      planted,
      path,
      fc.boolean(),
      (all, prefix, isWhole) =>
        withDirectory(async (directory) => {
          const root = `${directory}/store`;
          Deno.mkdirSync(`${directory}/outside/a`, { recursive: true });
          Deno.writeTextFileSync(`${directory}/outside/a/b`, "outside");
          Deno.mkdirSync(root);
          for (const [name, kind] of all) plant(root, name, kind);
          const wanted = isWhole ? `${prefix}/` : prefix;
          const listed = async (some: string): Promise<unknown> => {
            const passed: string[] = [];
            const passedOver = (name: string): unknown => passed.push(name);
            const objects = await Array.fromAsync(directoryReader(root).list(some, { passedOver }));
            return [
              objects.filter(({ name }) => name.startsWith(wanted)),
              passed.filter((name) => name.startsWith(wanted)),
            ];
          };
          assert.deepEqual(await listed(wanted), await listed(""));
        }),
    ),
    { numRuns: 300 },
  );
});

Deno.test("a list does not read the directories beside that of its prefix", () =>
  withDirectory(async (store) => {
    for (const id of ["1", "2", "3"]) {
      Deno.mkdirSync(`${store}/h/${id}`, { recursive: true });
      Deno.writeTextFileSync(`${store}/h/${id}/receipt`, id);
    }
    const { readDirSync } = Deno;
    const read: string[] = [];
    try {
      Deno.readDirSync = (path) => {
        read.push(String(path));
        return readDirSync(path);
      };
      const names = await Array.fromAsync(directoryReader(store).list("h/2/rec"), ({ name }) => name);
      assert.deepEqual(names, ["h/2/receipt"]);
      assert.deepEqual(read, [`${store}/h/2/`]);
    } finally {
      Deno.readDirSync = readDirSync;
    }
  }));
