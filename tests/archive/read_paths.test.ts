import assert from "node:assert/strict";
import { MAX_PATH_BYTES } from "../../lib/model/entry.ts";
import { unarchived } from "./making.ts";
import { header, pax, record, refuses, tar } from "./raw.ts";

const PATHS: Readonly<Record<string, string>> = {
  "a path out of the tree": "../etc/passwd",
  "a path out of the tree in the middle": "a/../../b",
  "a path out of the tree at the end": "a/..",
  "an absolute path": "/etc/passwd",
  "an empty path": "",
  "a path that is the directory itself": ".",
  "a path with an empty name": "a//b",
  "a path with a dot for a name": "./a",
  "a file with a slash at the end": "a/",
};

for (const [attack, path] of Object.entries(PATHS)) {
  Deno.test(`${attack} is damage: in the header, in records and as the target of a hard link`, () => {
    refuses(tar(header(path)), /path that cannot be restored/);
    if (path !== "") refuses(tar(pax(record("path", path)), header("fine")), /path that cannot be restored/);
    refuses(tar(header("fine", { type: "1", link: path })), /path that cannot be restored/);
    if (path !== "") {
      refuses(
        tar(pax(record("linkpath", path)), header("fine", { type: "1", link: "a" })),
        /cannot be restored/,
      );
    }
  });
}

Deno.test("a directory with two slashes at its end, or nothing but one, is damage", () => {
  for (const path of ["a//", "/", "../", "./"]) {
    refuses(tar(header(path, { type: "5" })), /path that cannot be restored/);
  }
});

Deno.test("a prefix cannot lead out of the tree", () => {
  refuses(tar(header("passwd", { prefix: "../etc" })), /path that cannot be restored/);
  refuses(tar(header("passwd", { prefix: "/etc" })), /path that cannot be restored/);
  assert.equal(unarchived(tar(header("b", { prefix: "a" })))[0]!.entry.path, "a/b");
});

Deno.test("a NUL in a name is damage, wherever it is", () => {
  refuses(tar(pax(record("path", "a\0b")), header("fine")), /path that cannot be restored/);
  refuses(tar(pax(record("linkpath", "a\0b")), header("fine", { type: "2", link: "x" })), /NUL/);
  refuses(tar(pax(record("uname", "a\0b")), header("fine")), /NUL/);
});

Deno.test("a symlink may point anywhere, but not nowhere", () => {
  const link = "../../../etc/passwd";
  assert.equal(unarchived(tar(header("l", { type: "2", link })))[0]!.entry.link, link);
  refuses(tar(header("l", { type: "2" })), /symbolic link to nothing/);
  refuses(
    tar(pax(record("linkpath", "x".repeat(MAX_PATH_BYTES + 1))), header("l", { type: "2" })),
    /symbolic link/,
  );
});

Deno.test("a path that is too long is damage", () => {
  refuses(
    tar(pax(record("path", "x/".repeat(MAX_PATH_BYTES / 2) + "y")), header("fine")),
    /path that cannot be restored/,
  );
});
