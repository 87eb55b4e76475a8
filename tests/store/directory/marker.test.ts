import assert from "node:assert/strict";
import { StoreError } from "../../../lib/store/contract.ts";
import { directoryMarker, directoryReader, directoryWriter } from "../../../lib/store/directory/directory.ts";
import type { StoreMarker } from "../../../lib/store/contract.ts";
import { MARKER } from "../../../lib/store/directory/marker.ts";
import { withDirectory } from "../../support/directory.ts";
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
  withDirectory(async (directory) => {
    const marker = directoryMarker(`${directory}/store`);
    assert.equal(await marker.read(), undefined);
    const identity = await marker.begin(false);
    assert.equal(await marker.begin(false), identity);
    assert.equal(await directoryMarker(`${directory}/store/`).read(), identity);
    assert.equal(Deno.statSync(`${directory}/store`).mode! & 0o777, 0o700);
    assert.match(
      Deno.readTextFileSync(`${directory}/store/${MARKER}`),
      /^nightdrop-store\/1 [0-9a-f]{32}\n$/,
    );
  }));

Deno.test("a new store in a directory replaces its identity", () =>
  withDirectory(async (directory) => {
    const marker = directoryMarker(directory);
    const before = await marker.begin(false);
    const after = await marker.begin(true);
    assert.notEqual(after, before);
    assert.equal(await marker.read(), after);
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), [MARKER]);
  }));

for (const links of [true, false]) {
  Deno.test(`hosts that begin a store at once get one identity, ${links ? "with" : "without"} hard links`, () =>
    withDirectory(async (directory) => {
      const refuse = (): Promise<void> => Promise.reject(Object.assign(new Error(), { code: "EPERM" }));
      const race = async (): Promise<void> => {
        const all = await Promise.all(
          Array.from({ length: 20 }, () => directoryMarker(`${directory}/store`).begin(false)),
        );
        assert.equal(new Set(all).size, 1);
        assert.equal(await directoryMarker(`${directory}/store`).read(), all[0]);
      };
      await (links ? race() : replacing("link", () => refuse, race));
      assert.deepEqual([...Deno.readDirSync(`${directory}/store`)].map(({ name }) => name), [MARKER]);
    }));
}

Deno.test("a marker is no object: readers do not list it", () =>
  withDirectory(async (directory) => {
    const writer = directoryWriter(directory);
    await directoryMarker(directory).begin(false);
    await writer.put("h/a", content(1));
    const names = (await Array.fromAsync(directoryReader(directory).list(""))).map(({ name }) => name);
    assert.deepEqual(names, ["h/a"]);
  }));

Deno.test("a store that was recognised is not made again when its disk is taken away", () =>
  withDirectory(async (directory) => {
    const path = `${directory}/store`;
    for (const call of ["begin", "read"] as const) {
      const writer = directoryWriter(path);
      await (writer.identity as StoreMarker)[call](false);
      await Deno.rename(path, `${directory}/away`);
      await assert.rejects(writer.put("h/a", content(1)), /there is no such/);
      assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["away"]);
      await Deno.rename(`${directory}/away`, path);
    }
  }));

Deno.test("the marker of a store behind a link is found, and made there", () =>
  withDirectory(async (directory) => {
    await bash(`cd ${directory}; mkdir disk; ln -s disk mount`);
    const identity = await directoryMarker(`${directory}/mount`).begin(false);
    assert.equal(await directoryMarker(`${directory}/disk`).read(), identity);
    assert.ok(Deno.lstatSync(`${directory}/mount`).isSymlink);
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
    withDirectory(async (directory) => {
      await spoil(`${directory}/${MARKER}`);
      const marker = directoryMarker(directory);
      for (const call of [() => marker.read(), () => marker.begin(false)]) {
        await assert.rejects(
          call,
          (error) =>
            error instanceof StoreError && error.kind === "setup" && says.test(error.message) &&
            /--new-store/.test(error.hint!),
        );
      }
      if (what === "a directory") {
        return;
      }
      const identity = await marker.begin(true);
      assert.equal(await marker.read(), identity);
    }));
}

Deno.test("a marker without a line end, as a person may write it, is one", () =>
  withDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/${MARKER}`, `nightdrop-store/1 ${ID}`);
    assert.match((await directoryMarker(directory).read())!, new RegExp(ID));
  }));

Deno.test("hosts of other users read the marker, whatever the umask of the first was", () =>
  withDirectory(async (directory) => {
    const umask = Deno.umask(0o077);
    try {
      await Deno.mkdir(`${directory}/store`);
      await directoryMarker(`${directory}/store`).begin(false);
    } finally {
      Deno.umask(umask);
    }
    await bash(`chmod 755 ${directory} ${directory}/store`);
    const { identity } = await unprivileged("read", `${directory}/store`);
    assert.equal(identity, await directoryMarker(`${directory}/store`).read());
  }));

Deno.test("a marker that this user cannot read is refused with the command that mends it", () =>
  withDirectory(async (directory) => {
    await directoryMarker(directory).begin(false);
    await bash(`chmod 755 ${directory}; chmod 600 ${directory}/${MARKER}`);
    const { kind, hint } = await unprivileged("read", directory);
    assert.equal(kind, "denied");
    await bash(hint!.replace(/^.*?: /, ""));
    assert.ok((await unprivileged("read", directory)).identity);
  }));

Deno.test("if a host may not write the marker, the command in the hint writes it", () =>
  withDirectory(async (directory) => {
    await bash(`chmod 755 ${directory}; mkdir -m 777 ${directory}/web1.example.org`);
    const { kind, hint } = await unprivileged("begin", directory);
    assert.equal(kind, "denied");
    await bash(hint!.replace(/^.*?: /, ""));
    assert.ok((await unprivileged("begin", directory)).identity);
  }));
