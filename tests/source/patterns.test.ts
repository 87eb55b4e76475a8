import assert from "node:assert/strict";
import { Misuse } from "../../lib/model/failure.ts";
import { patternFaults, PatternUse } from "../../lib/source/patterns.ts";
import { walk } from "../../lib/source/walk.ts";
import { withDirectory } from "../support/directory.ts";
import { directory, file, writeTree } from "./tree.ts";
import { select } from "./walking.ts";

/** Patterns, and what is said of them where `/srv` and `/home/bob` are declared. */
const PATTERNS: readonly [pattern: string, fault: RegExp | undefined][] = [
  ["*.tmp", undefined],
  ["cache/", undefined],
  ["/srv/cache", undefined],
  ["srv/cache", undefined],
  ["/srv/*", undefined],
  ["/home/*/cache", undefined],
  ["/home/[a-c]ob/x", undefined],
  ["**/cache/x", undefined],
  ["/**", undefined],
  ["/srv/**/x", undefined],
  ["/*/*/cache", undefined],
  ["/var/cache", /outside every declared path/],
  ["/home/*/", /nothing that is declared itself.*"\/home\/bob"/],
  ["/home/[d-f]ob/x", /outside every declared path/],
  ["/srv", /nothing that is declared itself. Remove "\/srv"/],
  ["/home", /outside every declared path/],
  ["/", /outside every declared path/],
  ["cache/x", /begins at the root. Write "\*\*\/cache\/x"/],
  ["~/cache", /only a shell knows ~/],
  ["*.tmp ", /ends with a blank/],
  [" /srv/x", /begins at the root/],
  ["n".repeat(256), /at most 255 bytes/],
];

for (const [pattern, fault] of PATTERNS) {
  Deno.test(`the fault of the pattern ${JSON.stringify(pattern)} is: ${fault?.source ?? "none"}`, () => {
    const faults = patternFaults(select(["/srv", "/home/bob"], { exclude: [pattern] }));
    assert.equal(faults.length, fault ? 1 : 0, faults.join());
    if (fault) assert.match(faults[0]!, fault);
  });
}

Deno.test("below the root every pattern with a slash can match", () => {
  assert.deepEqual(patternFaults(select(["/"], { exclude: ["/srv", "/x/y", "a/b"] })), []);
});

for (const pattern of ["a/../b", "[a", "[z-a]", "[[:alpha:]]", "/a//b"]) {
  Deno.test(`the pattern ${pattern} is refused before anything is walked`, () => {
    assert.throws(() => patternFaults(select(["/srv"], { exclude: [pattern] })), Misuse);
  });
}

Deno.test("a dry run finds the patterns and markers that nothing matches", () =>
  withDirectory((root) => {
    writeTree(
      root,
      directory({
        "a.tmp": file(),
        b: directory({ ".nobackup": file(), c: file() }),
        d: directory({ e: file() }),
      }),
    );
    const selection = select([root], {
      exclude: ["*.tmp", "*.tmp/", "*.bak", `${root}/d/`],
      excludeIfPresent: [".nobackup", ".skip"],
    });
    const use = new PatternUse(selection);
    for (
      const _ of walk(selection, () => {}, {
        excluded: (path, directory) => use.excluded(path, directory),
        marked: (marker) => use.marked(marker),
      })
    );
    assert.deepEqual(use.unused().map((it) => /"([^"]*)"/.exec(it)![1]), ["*.tmp/", "*.bak", ".skip"]);
  }));

Deno.test("a pattern for directories decides before anything is asked of what is mounted there", () =>
  withDirectory((root) => {
    writeTree(root, directory({ dead: directory({ a: file() }), gone: directory(), b: file() }));
    const lstatSync = Deno.lstatSync;
    const asked: string[] = [];
    try {
      Deno.lstatSync = (path) => {
        asked.push(String(path).slice(root.length + 1));
        return lstatSync(path);
      };
      const exclude = [`${root}/dead/`, "gone"];
      for (const _ of walk(select([root], { exclude }), () => assert.fail()));
    } finally {
      Deno.lstatSync = lstatSync;
    }
    assert.deepEqual(asked, ["", "b"]);
  }));
