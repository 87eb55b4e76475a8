import assert from "node:assert/strict";
import { decodeIndexHeader, indexHeader, MAX_ABOVE } from "../../lib/model/index.ts";
import { directoriesAbove } from "../../lib/source/above.ts";
import { withDirectory } from "../support/directory.ts";
import { bash } from "../support/foreign.ts";

/** Paths and modes of what is above the declared paths, from `root` on. */
function above(root: string, ...declared: string[]): string[] {
  const all = directoriesAbove(declared.map((path) => `${root}/${path}`)).found;
  const text = indexHeader("h", "s", all).trimEnd();
  assert.deepEqual(decodeIndexHeader(text, "h", "s").above, all, "a reader takes what a backup lists");
  return all.filter(({ path }) => `/${path}`.startsWith(`${root}/`))
    .map(({ path, mode }) => `${path.slice(root.length)} ${mode.toString(8)}`.trim());
}

Deno.test("directories above declared paths are listed with their modes, the outer ones first", () =>
  withDirectory(async (root) => {
    await bash(
      `cd "$1"; mkdir -p b/c/d/e a/x; chmod 2751 b; chmod 1777 b/c; chmod 700 b/c/d; chmod 750 a`.replace(
        "$1",
        root,
      ),
    );
    assert.deepEqual(above(root, "b/c/d/e", "a/x", "b/f"), ["a 750", "b 2751", "b/c 1777", "b/c/d 700"]);
    assert.deepEqual(above(root, "b", "b/c/d/e"), [], "what is declared or lies in it is an entry");
    assert.deepEqual(above(root, "b/c/d/e", "b/c"), ["b 2751"]);
    assert.deepEqual(above(root, "gone/x", "a/gone/y"), ["a 750"]);
  }));

Deno.test("a directory above that is reached by a symbolic link is listed as the one that it leads to", () =>
  withDirectory(async (root) => {
    await bash(`cd "$1"; mkdir -p real/x; chmod 711 real; ln -s real link`.replace("$1", root));
    assert.deepEqual(above(root, "link/x"), ["link 711"]);
  }));

Deno.test("only the first of too many directories above are listed, and never the root", () =>
  withDirectory(async (root) => {
    for (let at = 0; at <= MAX_ABOVE; at += 1) await Deno.mkdir(`${root}/${at}`);
    const many = Array.from({ length: MAX_ABOVE + 1 }, (_, at) => `${root}/${at}/x`);
    assert.equal(directoriesAbove(many).found.length, MAX_ABOVE);
    const long = Array.from({ length: 1000 }, (_, at) => `${root}/${at}/${"x".repeat(200)}/y`);
    assert.ok(directoriesAbove(long).found.length < 700, "their paths have too many characters");
    assert.deepEqual(directoriesAbove(["/", "/etc"]), { found: [], hidden: [] });
  }));
