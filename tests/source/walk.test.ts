import assert from "node:assert/strict";
import fc from "fast-check";
import { isMemberPath } from "../../lib/model/entry.ts";
import { Misuse } from "../../lib/model/failure.ts";
import { type SourceEntry, walk } from "../../lib/source/walk.ts";
import { bash, foreignTest, must } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";
import { directory, fifo, file, symlink, writeTree } from "./tree.ts";
import { below, pathsBelow, rootTest, select, walked } from "./walking.ts";

rootTest("every type of file becomes an entry with its attributes", async () => {
  await withDirectory(async (root) => {
    writeTree(
      root,
      directory({
        file: file("hello", {
          mode: 0o4755,
          mtime: 1_700_000_000_123,
          uid: 3_000_000_000,
          gid: 4_000_000_000,
        }),
        directory: directory({}, { mode: 0o1777, mtime: -1500 }),
        link: symlink("../else where\nnew line", { mtime: 4_200_000_000_001 }),
        pipe: fifo({ mode: 0o600, mtime: 0 }),
      }),
    );
    await must("mknod", ["-m", "600", `${root}/terminal`, "c", "300", "70000"]);
    await must("mknod", ["-m", "600", `${root}/disk`, "b", "8", "1"]);
    for (const name of ["terminal", "disk"]) Deno.utimeSync(`${root}/${name}`, new Date(1), new Date(1));

    const { entries, troubles } = walked(select([root]));
    const entry = (name: string): SourceEntry => entries.find(({ file }) => file === `${root}/${name}`)!;
    const found = (name: string, attributes: object): void => {
      const { dev, ino, nlink, ctime } = Deno.lstatSync(`${root}/${name}`);
      assert.deepEqual(entry(name), {
        path: `${root.slice(1)}/${name}`,
        file: `${root}/${name}`,
        size: 0,
        uid: 0,
        gid: 0,
        user: "root",
        group: "root",
        dev,
        ino,
        nlink,
        ctime: ctime!.getTime(),
        ...attributes,
      });
    };
    const foreign = { uid: 3_000_000_000, gid: 4_000_000_000, user: "", group: "" };
    found("file", { type: "file", size: 5, mode: 0o4755, mtime: 1_700_000_000_123, ...foreign });
    found("directory", { type: "directory", mode: 0o1777, mtime: -1500 });
    found("link", {
      type: "symlink",
      mode: 0o777,
      mtime: 4_200_000_000_001,
      link: "../else where\nnew line",
    });
    found("pipe", { type: "fifo", mode: 0o600, mtime: 0 });
    found("terminal", { type: "char", mode: 0o600, mtime: 1, device: { major: 300, minor: 70_000 } });
    found("disk", { type: "block", mode: 0o600, mtime: 1, device: { major: 8, minor: 1 } });
    assert.deepEqual(troubles, []);
  });
});

Deno.test("a directory comes before its content, and names are in the order of their bytes", async () => {
  await withDirectory((root) => {
    const names = ["a", "a.b", "a b", "B", "ä", "\uffee", "😀", "z", "-", "\n"];
    writeTree(
      root,
      directory({
        ...Object.fromEntries(names.map((name) => [name, file()])),
        m: directory({ c: file(), b: directory({ a: file() }) }),
      }),
    );
    assert.deepEqual(pathsBelow(root), [
      "\n",
      "-",
      "B",
      "a",
      "a b",
      "a.b",
      "m",
      "m/b",
      "m/b/a",
      "m/c",
      "z",
      "ä",
      "\uffee",
      "😀",
    ]);
  });
});

foreignTest(["find"], "a walk of a real tree finds what find finds", async () => {
  const root = "/usr/include";
  const { text } = await must("find", [root, "-printf", "%y %m %U %G %T@ %s %P\\0%l\\0"]);
  const fields = text.split("\0");
  const wanted: string[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [, start, time, size, path] = /^(.*) (\d+\.\d{3})\d* (\d+) ([^]*)$/.exec(fields[at]!)!;
    wanted.push([start, time, start!.startsWith("f") ? size : 0, path, fields[at + 1]].join(" "));
  }
  const letters = {
    file: "f",
    hardlink: "f",
    directory: "d",
    symlink: "l",
    fifo: "p",
    char: "c",
    block: "b",
  };
  const { entries, troubles } = walked(select([root]));
  const found = entries.map(({ file, type, mode, uid, gid, mtime, size, link }) => {
    const bytes = type === "hardlink" ? Deno.lstatSync(file).size : size;
    const start = [letters[type], mode.toString(8), uid, gid, (mtime / 1000).toFixed(3), bytes];
    return [...start, file.slice(root.length + 1), type === "symlink" ? link : ""].join(" ");
  });
  assert.ok(found.length > 500);
  assert.deepEqual(found.sort(), wanted.sort());
  assert.deepEqual(troubles, []);
});

foreignTest(["sort"], "the order is that of sort in the C locale", async () => {
  const character = fc.constantFrom("a", "Z", "0", "-", ".", " ", "~", "ä", "ß", "\uffee", "😀", "€");
  const names = fc.array(character, { minLength: 1, maxLength: 4 }).map((it) => it.join("")).filter((it) =>
    !/^\.{1,2}$/.test(it)
  );
  await withDirectory(async (root) => {
    for (const name of fc.sample(names, 300)) Deno.writeTextFileSync(`${root}/${name}`, "");
    const { text } = await bash("ls -A | LC_ALL=C sort", { cwd: root });
    assert.equal(pathsBelow(root).join("\n") + "\n", text);
  });
});

Deno.test("every entry has a member path", () => {
  for (const { path } of walked(select(["/usr/include"])).entries) assert.ok(isMemberPath(path), path);
});

Deno.test("a declared file, link, fifo or directory is walked for itself", async () => {
  await withDirectory((root) => {
    writeTree(root, directory({ a: file("x"), b: directory({ c: file() }), l: symlink("b"), p: fifo() }));
    const { entries, troubles } = walked(select(["p", "l", "b", "a"].map((name) => `${root}/${name}`)));
    assert.deepEqual(below(root, entries), ["a", "b", "b/c", "l", "p"]);
    assert.deepEqual(troubles.map(({ kind, path }) => [kind, path]), [["unread", `${root}/p`]]);
  });
});

Deno.test("a symlink is never followed", async () => {
  await withDirectory((root) => {
    writeTree(
      root,
      directory({ a: directory({ up: symlink(".."), out: symlink("/usr"), gone: symlink("nowhere") }) }),
    );
    const { entries, troubles } = walked(select([root]));
    assert.deepEqual(below(root, entries), ["a", "a/gone", "a/out", "a/up"]);
    assert.deepEqual(troubles, []);
  });
});

Deno.test("each declared path is walked once, even if one lies in another", async () => {
  await withDirectory((root) => {
    writeTree(
      root,
      directory({
        srv: directory({
          cache: directory({ junk: file(), keep: directory({ a: file(), cache: directory({ b: file() }) }) }),
          z: file(),
        }),
      }),
    );
    const paths = ["srv/cache/keep", "srv", "srv", "srv/z"].map((path) => `${root}/${path}`);
    const { entries } = walked(select(paths, { exclude: [`${root}/srv/cache`] }));
    assert.deepEqual(below(root, entries), [
      "srv",
      "srv/cache/keep",
      "srv/cache/keep/a",
      "srv/cache/keep/cache",
      "srv/cache/keep/cache/b",
      "srv/z",
    ]);
    assert.equal(new Set(entries.map(({ path }) => path)).size, entries.length);

    const named = walked(select(paths, { exclude: ["cache"] }));
    assert.deepEqual(
      below(root, named.entries),
      ["srv", "srv/cache/keep", "srv/cache/keep/a", "srv/z"],
      "a rule holds below",
    );
    const itself = walked(select([`${root}/srv/cache`], { exclude: ["cache", "keep"] }));
    assert.deepEqual(
      below(root, itself.entries),
      ["srv/cache", "srv/cache/junk"],
      "no rule holds for the declared path",
    );
  });
});

Deno.test("the root can be declared and has no entry itself", () => {
  const others = [...Deno.readDirSync("/")].map(({ name }) => `/${name}`).filter((path) => path !== "/usr");
  const { entries, troubles } = walked(select(["/"], { exclude: [...others, "/usr/*"] }));
  assert.deepEqual(entries.map(({ path, file }) => [path, file]), [["usr", "/usr"]]);
  assert.deepEqual(troubles, []);
});

Deno.test("the walk is lazy: a directory is listed when it is entered", async () => {
  await withDirectory((root) => {
    writeTree(root, directory({ a: directory(), b: directory() }));
    const entries = walk(select([root]), () => {});
    entries.next();
    assert.equal(entries.next().value!.file, `${root}/a`);
    Deno.writeTextFileSync(`${root}/b/late`, "");
    assert.deepEqual(below(root, [...entries]), ["b", "b/late"]);
  });
});

Deno.test("a pattern that cannot be used stops the walk before it starts", () => {
  assert.throws(() => walk(select(["/usr"], { exclude: ["[a"] }), () => {}).next(), Misuse);
});
