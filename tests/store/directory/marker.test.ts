import assert from "assert";
import { StoreError } from "../../../lib/store/contract.ts";
import { directoryMarker, directoryReader, directoryWriter } from "../../../lib/store/directory/directory.ts";
import type { StoreMarker } from "../../../lib/store/contract.ts";
import { MARKER } from "../../../lib/store/directory/marker.ts";
import { withFolder } from "../../support/folder.ts";
import { bash, must } from "../../support/foreign.ts";
import { content } from "../checks.ts";
import { replacing } from "../replacing.ts";

/** Calls the marker of a directory as a user who is not root. */
async function unprivileged(
  call: "read" | "begin",
  path: string,
): Promise<{ identity?: string; message?: string; hint?: string; kind?: string }> {
  const main = new URL("../marker_main.ts", import.meta.url).pathname;
  return JSON.parse((await must(Deno.execPath(), ["run", "--quiet", "-A", main, call, path])).text);
}

Deno.test("a directory without a marker has no identity, and the first one that it is given stays", () =>
  withFolder(async (folder) => {
    const marker = directoryMarker(`${folder}/store`);
    assert.equal(await marker.read(), undefined);
    const identity = await marker.begin(false);
    assert.equal(await marker.begin(false), identity);
    assert.equal(await directoryMarker(`${folder}/store/`).read(), identity);
    assert.equal(Deno.statSync(`${folder}/store`).mode! & 0o777, 0o700);
    assert.match(Deno.readTextFileSync(`${folder}/store/${MARKER}`), /^nightdrop-store\/1 [0-9a-f]{32}\n$/);
  }));

Deno.test("a new store in a directory replaces its identity", () =>
  withFolder(async (folder) => {
    const marker = directoryMarker(folder);
    const before = await marker.begin(false);
    const after = await marker.begin(true);
    assert.notEqual(after, before);
    assert.equal(await marker.read(), after);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), [MARKER]);
  }));

for (const links of [true, false]) {
  Deno.test(`hosts that begin a store at once get one identity, ${links ? "with" : "without"} hard links`, () =>
    withFolder(async (folder) => {
      const refuse = (): Promise<void> => Promise.reject(Object.assign(new Error(), { code: "EPERM" }));
      const race = async (): Promise<void> => {
        const all = await Promise.all(
          Array.from({ length: 20 }, () => directoryMarker(`${folder}/store`).begin(false)),
        );
        assert.equal(new Set(all).size, 1);
        assert.equal(await directoryMarker(`${folder}/store`).read(), all[0]);
      };
      await (links ? race() : replacing("link", () => refuse, race));
      assert.deepEqual([...Deno.readDirSync(`${folder}/store`)].map(({ name }) => name), [MARKER]);
    }));
}

Deno.test("a marker is no object: readers do not list it", () =>
  withFolder(async (folder) => {
    const writer = directoryWriter(folder);
    await directoryMarker(folder).begin(false);
    await writer.put("h/a", content(1));
    const names = (await Array.fromAsync(directoryReader(folder).list(""))).map(({ name }) => name);
    assert.deepEqual(names, ["h/a"]);
  }));

Deno.test("a store that was recognised is not made again when its disk is taken away", () =>
  withFolder(async (folder) => {
    const path = `${folder}/store`;
    for (const call of ["begin", "read"] as const) {
      const writer = directoryWriter(path);
      await (writer.identity as StoreMarker)[call](false);
      await Deno.rename(path, `${folder}/away`);
      await assert.rejects(writer.put("h/a", content(1)), /there is no such/);
      assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["away"]);
      await Deno.rename(`${folder}/away`, path);
    }
  }));

Deno.test("the marker of a store behind a link is found, and made there", () =>
  withFolder(async (folder) => {
    await bash(`cd ${folder}; mkdir disk; ln -s disk mount`);
    const identity = await directoryMarker(`${folder}/mount`).begin(false);
    assert.equal(await directoryMarker(`${folder}/disk`).read(), identity);
    assert.ok(Deno.lstatSync(`${folder}/mount`).isSymlink);
  }));

const ID = "0123456789abcdef0123456789abcdef";

const MALFORMED: [what: string, spoil: (path: string) => Promise<unknown>, says: RegExp][] = [
  ["empty", (path) => Deno.writeTextFile(path, ""), /is damaged/],
  ["cut", (path) => Deno.writeTextFile(path, `nightdrop-store/1 ${ID.slice(1)}\n`), /is damaged/],
  ["longer", (path) => Deno.writeTextFile(path, `nightdrop-store/1 ${ID}0\n`), /is damaged/],
  ["followed by more", (path) => Deno.writeTextFile(path, `nightdrop-store/1 ${ID}\n\n`), /is damaged/],
  ["upper case", (path) => Deno.writeTextFile(path, `nightdrop-store/1 ${ID.toUpperCase()}\n`), /is damaged/],
  ["not text", (path) => Deno.writeFile(path, content(50)), /is damaged/],
  ["of another format", (path) => Deno.writeTextFile(path, `nightdrop-store/2 ${ID}\n`), /another format/],
  ["too large", (path) => Deno.writeTextFile(path, `nightdrop-store/1 ${ID}\n`.repeat(1000)), /too large/],
  ["a symlink", async (path) => {
    await Deno.writeTextFile(`${path}-other`, `nightdrop-store/1 ${ID}\n`);
    await Deno.symlink(`${path}-other`, path);
  }, /not a file/],
  ["a dangling symlink", (path) => Deno.symlink("nowhere", path), /not a file/],
  ["a fifo", (path) => must("mkfifo", [path]), /not a file/],
  ["a directory", (path) => Deno.mkdir(path), /not a file/],
];

for (const [what, spoil, says] of MALFORMED) {
  Deno.test(`a marker that is ${what} is refused, and nothing hangs`, () =>
    withFolder(async (folder) => {
      await spoil(`${folder}/${MARKER}`);
      const marker = directoryMarker(folder);
      for (const call of [() => marker.read(), () => marker.begin(false)]) {
        await assert.rejects(call, (error) =>
          error instanceof StoreError && error.kind === "setup" && says.test(error.message) &&
          /--new-store/.test(error.hint!));
      }
      if (what === "a directory") {
        return;
      }
      const identity = await marker.begin(true);
      assert.equal(await marker.read(), identity);
    }));
}

Deno.test("a marker without a line end, as a person may write it, is one", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/${MARKER}`, `nightdrop-store/1 ${ID}`);
    assert.match((await directoryMarker(folder).read())!, new RegExp(ID));
  }));

Deno.test("hosts of other users read the marker, whatever the umask of the first was", () =>
  withFolder(async (folder) => {
    const umask = Deno.umask(0o077);
    try {
      await Deno.mkdir(`${folder}/store`);
      await directoryMarker(`${folder}/store`).begin(false);
    } finally {
      Deno.umask(umask);
    }
    await bash(`chmod 755 ${folder} ${folder}/store`);
    const { identity } = await unprivileged("read", `${folder}/store`);
    assert.equal(identity, await directoryMarker(`${folder}/store`).read());
  }));

Deno.test("a marker that this user cannot read is refused with the command that mends it", () =>
  withFolder(async (folder) => {
    await directoryMarker(folder).begin(false);
    await bash(`chmod 755 ${folder}; chmod 600 ${folder}/${MARKER}`);
    const { kind, hint } = await unprivileged("read", folder);
    assert.equal(kind, "denied");
    await bash(hint!.replace(/^.*?: /, ""));
    assert.ok((await unprivileged("read", folder)).identity);
  }));

Deno.test("where a host may not write the marker, the owner of the directory writes what the hint says", () =>
  withFolder(async (folder) => {
    await bash(`chmod 755 ${folder}; mkdir -m 777 ${folder}/web1.example.org`);
    const { kind, hint } = await unprivileged("begin", folder);
    assert.equal(kind, "denied");
    await bash(hint!.replace(/^.*?: /, ""));
    assert.ok((await unprivileged("begin", folder)).identity);
  }));
