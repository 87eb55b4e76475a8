import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { difference } from "../../lib/drill/held.ts";
import type { Entry } from "../../lib/model/entry.ts";
import { withDirectory } from "../support/directory.ts";

const CONTENT = "content\n";
const ENTRY = {
  path: "a",
  type: "file",
  size: CONTENT.length,
  mode: 0o640,
  uid: 0,
  gid: 0,
  user: "",
  group: "",
  mtime: 1_234_567_890_123,
  sha256: createHash("sha256").update(CONTENT).digest("hex"),
} as const satisfies Entry;

async function differenceOf(
  entry: Partial<Entry>,
  make?: (file: string) => void,
): Promise<string | undefined> {
  return await withDirectory(async (directory) => {
    const file = `${directory}/a`;
    Deno.writeTextFileSync(file, CONTENT);
    Deno.chmodSync(file, ENTRY.mode);
    Deno.utimeSync(file, new Date(ENTRY.mtime), new Date(ENTRY.mtime));
    make?.(file);
    const held = { file, entry: { ...ENTRY, ...entry }, owners: true, target: `${directory}/b` };
    return await difference(held, new AbortController().signal);
  });
}

Deno.test("an entry that equals its index line has no difference", async () => {
  assert.equal(await differenceOf({}), undefined);
  assert.equal(
    await differenceOf(
      { type: "hardlink", link: "b" },
      (file) => Deno.linkSync(file, file.replace(/a$/, "b")),
    ),
    undefined,
  );
});

Deno.test("each difference from the index is found and named", async () => {
  const replaced = (make: (file: string) => void) => (file: string): void => {
    Deno.removeSync(file);
    make(file);
  };
  const cases: readonly [RegExp, Partial<Entry>, ((file: string) => void)?][] = [
    [/not restored/, {}, (file) => Deno.removeSync(file)],
    [/is a directory, the index lists a file/, {}, replaced(Deno.mkdirSync)],
    [/is a symlink, the index lists a file/, {}, replaced((file) => Deno.symlinkSync("x", file))],
    [/points to "x"/, { type: "symlink", link: "y" }, replaced((file) => Deno.symlinkSync("x", file))],
    [/has 8 bytes, the index lists 9/, { size: 9 }],
    [/mode is 0640, the index lists 0600/, { mode: 0o600 }],
    [/mode is 0640, the index lists 4640/, { mode: 0o4640 }],
    [/time is 2009-02-13T23:31:30.123Z, the index lists 2009-02-13T23:31:30.124Z/, {
      mtime: ENTRY.mtime + 1,
    }],
    [/another SHA-256/, { sha256: "0".repeat(64) }],
    [/not another name/, { type: "hardlink", link: "b" }],
  ];
  for (const [expected, entry, make] of cases) {
    assert.match(await differenceOf(entry, make) ?? "none", expected);
  }
});
