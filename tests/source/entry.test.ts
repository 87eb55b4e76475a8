import assert from "node:assert/strict";
import { device, entryTypeOf } from "../../lib/source/entry.ts";
import { readOwners } from "../../lib/source/owner_names.ts";
import { foreignTest, must } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";

foreignTest(["python3"], "device numbers are taken apart as the C library does it", async () => {
  const numbers = [
    0,
    1,
    0xff,
    0x100,
    259,
    286_338_160,
    0xfffff,
    0x100000,
    0xffff_ffff,
    2 ** 32,
    2 ** 44,
    2 ** 52 + 12345,
  ];
  const script =
    "import os,sys,json; print(json.dumps([[os.major(n),os.minor(n)] for n in json.load(sys.stdin)]))";
  const { text } = await must("python3", ["-c", script], { stdin: JSON.stringify(numbers) });
  assert.deepEqual(numbers.map(device).map(({ major, minor }) => [major, minor]), JSON.parse(text));
});

Deno.test("every mode has its kind, and a socket none", () => {
  const kinds = [0o10, 0o20, 0o40, 0o60, 0o100, 0o120, 0o140].map((bits) =>
    entryTypeOf({ mode: bits * 0o10000 / 0o10 + 0o644 } as Deno.FileInfo)
  );
  assert.deepEqual(kinds, ["fifo", "char", "directory", "block", "file", "symlink", undefined]);
});

Deno.test("names come from the owners' files, the first of a number, whatever else is in them", async () => {
  await withDirectory((root) => {
    const passwd =
      "root:x:0:0:root:/root:/bin/sh\n# comment\n\nbroken\n:x:7:7::/:\neve:x:1000:1000::/:\nsecond:x:1000:1::/:\n" +
      "odd:x:12x:1::/:\nhigh:x:4294967294:1::/:\nlöwe:x:8:8::/:";
    Deno.writeTextFileSync(`${root}/passwd`, passwd);
    const owners = readOwners(`${root}/passwd`, `${root}/missing`);
    assert.deepEqual([0, 1000, 7, 12, 4294967294, 8, 9].map(owners.user), [
      "root",
      "eve",
      "",
      "",
      "high",
      "löwe",
      "",
    ]);
    assert.equal(owners.group(0), "");
  });
});

Deno.test("names of this machine are those that ls prints", async () => {
  const { text } = await must("stat", ["-c", "%U %G", "/etc/passwd", "/etc/shadow"]);
  const owners = readOwners();
  const found = ["/etc/passwd", "/etc/shadow"].map((path) => {
    const { uid, gid } = Deno.lstatSync(path);
    return `${owners.user(uid!)} ${owners.group(gid!)}`;
  });
  assert.equal(found.join("\n") + "\n", text);
});
