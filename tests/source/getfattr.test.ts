import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { getfattrArguments, readErrors, readOutput, Unintelligible } from "../../lib/source/getfattr.ts";
import { withDirectory } from "../support/directory.ts";
import { bash, foreignTest, run } from "../support/foreign.ts";

const FILES = ["/a", "/b\\c", "/d\ne", "/ä", "/f"];
const out = (text: string): Uint8Array => Buffer.from(text);

Deno.test("output of getfattr is assigned to files by their position", () => {
  const text =
    `# file: /a\nuser.a=0sMQ==\nuser.empty=0s\nuser.none\n\n# file: /b\\134c\nuser.x\\075\\012=0sAA==\n\n` +
    `# file: /d\\012e\nuser.d=0s\n\n# file: /ä\nuser.ä=0sMQ==\n\n`;
  const { attributes, brokenOff } = readOutput(out(text), FILES);
  assert.equal(brokenOff, undefined);
  assert.deepEqual([...attributes], [
    [0, [{ name: "user.a", value: "MQ==" }, { name: "user.empty", value: "" }, {
      name: "user.none",
      value: "",
    }]],
    [1, [{ name: "user.x=\n", value: "AA==" }]],
    [2, [{ name: "user.d", value: "" }]],
    [3, [{ name: "user.Ã¤", value: "MQ==" }]],
  ]);
});

Deno.test("an output that ends anywhere gives the attributes before it", () => {
  const text = `# file: /a\nuser.a=0sMQ==\n\n# file: /f\nuser.f=0sMQ==\nuser.g=0s\n\n`;
  for (let length = 0; length < text.length; length += 1) {
    const { attributes, brokenOff } = readOutput(out(text.slice(0, length)), FILES);
    assert.ok(attributes.size <= 2 && [undefined, 0, 4].includes(brokenOff));
    for (const [place, all] of attributes) {
      const whole = place === 0 ? 1 : 2;
      assert.ok(place === brokenOff ? all.length <= whole : all.length === whole, `${length}`);
    }
  }
});

/** What getfattr does not print. */
const GARBAGE: Readonly<Record<string, string>> = {
  "another file": "# file: /etc/passwd\nuser.a=0sMQ==\n\n",
  "a file twice": "# file: /a\nuser.a=0s\n\n# file: /a\nuser.a=0s\n\n",
  "files in another order": "# file: /f\nuser.a=0s\n\n# file: /a\nuser.a=0s\n\n",
  "a file with a slash more": "# file: //a\nuser.a=0s\n\n",
  "no file": "user.a=0sMQ==\n\n",
  "an attribute without a name": "# file: /a\n=0sMQ==\n\n",
  "an attribute in hexadecimal": "# file: /a\nuser.a=0x00\n\n",
  "an attribute as text": '# file: /a\nuser.a="b"\n\n',
  "an empty line too many": "\n# file: /a\nuser.a=0s\n\n",
  "binary data": "\0\xff\n\n",
};

for (const [what, text] of Object.entries(GARBAGE)) {
  Deno.test(`an output with ${what} is not what getfattr prints`, () => {
    assert.throws(() => readOutput(out(text), FILES), Unintelligible);
  });
}

Deno.test("errors of getfattr are assigned to files by their position, for any names", () => {
  const text = "getfattr: /a: No such file or directory\ngetfattr: /d\\012e: user.x: Permission denied\n" +
    "getfattr: /d\\012e: user.y: Permission denied\ngetfattr: /ä: cut";
  assert.deepEqual(readErrors(out(text), FILES), [
    { place: 0, message: "No such file or directory" },
    { place: 2, message: "user.x: Permission denied" },
    { place: 2, message: "user.y: Permission denied" },
    { place: 3, message: "cut" },
  ]);
  for (
    const garbage of ["x", "getfattr: /z: No\n", "getfattr: /f: No\ngetfattr: /a: No\n", "Usage: getfattr\n"]
  ) {
    assert.throws(() => readErrors(out(garbage), FILES), Unintelligible);
  }
});

const NAMES = [
  "plain",
  "new\nline",
  "\r",
  "back\\slash",
  "\\012",
  "ümläut",
  "# file: x",
  "a=b",
  "tab\t\x01\x7f",
  " ",
  "😀",
];

foreignTest(
  ["getfattr", "setfattr"],
  "the output of getfattr is read, whatever files and attributes are called",
  () =>
    withDirectory(async (root) => {
      const files = NAMES.map((name) => `${root}/${name}`);
      const names = NAMES.map((name) => `user.${name}`);
      for (const [at, file] of files.entries()) {
        await Deno.writeTextFile(file, "");
        await bash(`setfattr -n "$N" -v 0x00ff0a "$F"`, {
          env: { N: names[at]!.replaceAll("\\", "\\134"), F: file },
        });
      }
      const asked = [...files.slice(0, 3), `${root}/go\nne`, ...files.slice(3)];
      const { stdout, stderr } = await run("getfattr", getfattrArguments(asked), { env: { LC_ALL: "C" } });
      const { attributes } = readOutput(stdout, asked);
      const found = [...attributes.values()].flat().map(({ name }) => Buffer.from(name, "latin1").toString());
      assert.deepEqual(found, names);
      assert.deepEqual(readErrors(out(stderr), asked), [{ place: 3, message: "No such file or directory" }]);
    }),
);
