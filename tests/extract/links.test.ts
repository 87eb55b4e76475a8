/** What a hostile host may try with links, one test for each attack. */
import assert from "node:assert/strict";
import type { Entry } from "../../lib/model/entry.ts";
import { withDirectory } from "../support/directory.ts";
import { refused } from "./attack.ts";
import { directory, entry, file, hardlink, restore, symlink } from "./support.ts";

for (
  const [title, entries] of [
    ["an absolute path", [hardlink("a", "/etc/passwd")]],
    ["a path that climbs", [hardlink("a", "../../secret/key")]],
    ["a path that climbs from within", [file("b/c"), hardlink("a", "b/../../../secret/key")]],
    ["nothing", [hardlink("a", "gone")]],
    ["the empty path", [hardlink("a", "")]],
    ["itself", [hardlink("a", "a")]],
    ["a later hard link", [hardlink("a", "b"), hardlink("b", "a")]],
    ["a directory", [directory("d"), hardlink("a", "d")]],
    ["a symlink", [symlink("s", "../../secret/key"), hardlink("a", "s")]],
    ["a file through a symlinked directory", [symlink("s", "../../secret"), hardlink("a", "s/key")]],
    ["a fifo", [entry("fifo", "p"), hardlink("a", "p")]],
    ["a path with a NUL", [file("f"), hardlink("a", "f\0")]],
    ["too long a path", [hardlink("a", "d/".repeat(5000) + "f")]],
  ] as [string, Entry[]][]
) {
  Deno.test(`a hard link to ${title} is refused`, async () => {
    await refused(entries, /"a" is a hard link to ".*", which is not a file of the backup/);
  });
}

Deno.test("a chain of hard links to one file is made", async () => {
  await withDirectory((root) => {
    restore(root, [file("a"), hardlink("b", "a"), hardlink("d/c", "b")]);
    const numbers = ["a", "b", "d/c"].map((path) => Deno.lstatSync(`${root}/${path}`).ino);
    assert.equal(new Set(numbers).size, 1);
  });
});

for (const text of ["", "a\0b", "x".repeat(4096)]) {
  Deno.test(`a symlink to ${text.length} characters that no symlink can hold is refused`, async () => {
    await refused([symlink("a", text)], /is a symlink whose target is too long, empty or has a NUL/);
  });
}

for (const text of ["/etc/passwd", "../../..", "a\nb\x1b[2J", "x".repeat(4095)]) {
  Deno.test(`a symlink to ${JSON.stringify(text).slice(0, 30)} keeps its text and is not followed`, async () => {
    await withDirectory((root) => {
      restore(root, [symlink("a", text)]);
      assert.equal(Deno.readLinkSync(`${root}/a`), text);
    });
  });
}
