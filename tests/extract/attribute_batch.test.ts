/** Extended attributes, ACLs and capabilities of restored entries, as getfattr shows them. */
import assert from "node:assert/strict";
import type { Entry } from "../../lib/model/entry.ts";
import { withDirectory } from "../support/directory.ts";
import { bash, foreignTest, must, rootForeignTest } from "../support/foreign.ts";
import { directory, entry, file, listing, restoreWithAttributes, symlink } from "./support.ts";
import { NOBODY, unprivileged } from "./unprivileged.ts";

const base64 = (text: string): string => new TextEncoder().encode(text).toBase64();

/** cap_net_raw=ep */
const CAPABILITY = "AQAAAgAgAAAAAAAAAAAAAAAAAAA=";
const ACL = "user::rw-,user:34:rw-,group::---,mask::rw-,other::---";
const DEFAULT_ACL = "user::rwx,group::r-x,group:12:rwx,mask::rwx,other::---";

const TOOLS = ["setfattr", "getfattr"];

/** Attributes of everything below a directory, a line for each, as getfattr prints them. */
async function attributesIn(root: string): Promise<string[]> {
  const args = ["-R", "-h", "-d", "-m", "-", "-e", "base64", "--absolute-names", root];
  const { text } = await must("getfattr", args);
  return text.split("\n").filter((line) => line !== "").map((line) => line.replace(`${root}/`, "")).sort();
}

/** Kinds of attributes: what an entry has, and the line of getfattr; whether only root can set it. */
const KINDS: Readonly<Record<string, readonly [Entry, line: string, root: boolean]>> = {
  "a user attribute": [file("f", { xattrs: { "user.k": base64("v") } }), "user.k=0sdg==", false],
  "an empty value": [file("f", { xattrs: { "user.k": "" } }), "user.k=0s", false],
  "a value of any bytes": [file("f", { xattrs: { "user.k": "AAr/Cg==" } }), "user.k=0sAAr/Cg==", false],
  "a name with signs": [
    file("f", { xattrs: { 'user.=\n\\ "é': base64("v") } }),
    'user.\\075\\012\\134 "é=0sdg==',
    false,
  ],
  "an attribute of a file that nobody may write to": [
    file("f", { mode: 0o444, xattrs: { "user.k": "" } }),
    "user.k=0s",
    false,
  ],
  "an attribute of a closed directory": [
    directory("f", { mode: 0o555, xattrs: { "user.k": "" } }),
    "user.k=0s",
    false,
  ],
  "an ACL": [
    file("f", { mode: 0o600, acl: ACL }),
    "system.posix_acl_access=0sAgAAAAEABgD/////AgAGACIAAAAEAAAA/////xAABgD/////IAAAAP////8=",
    false,
  ],
  "an ACL of a fifo": [
    entry("fifo", "f", { mode: 0o600, acl: ACL }),
    "system.posix_acl_access=0sAgAAAAEABgD/////AgAGACIAAAAEAAAA/////xAABgD/////IAAAAP////8=",
    false,
  ],
  "a default ACL": [
    directory("f", { defaultAcl: DEFAULT_ACL }),
    "system.posix_acl_default=0sAgAAAAEABwD/////BAAFAP////8IAAcADAAAABAABwD/////IAAAAP////8=",
    false,
  ],
  "a capability": [
    file("f", { mode: 0o755, xattrs: { "security.capability": CAPABILITY } }),
    `security.capability=0s${CAPABILITY}`,
    true,
  ],
  "a trusted attribute": [file("f", { xattrs: { "trusted.k": base64("v") } }), "trusted.k=0sdg==", true],
  "a trusted attribute of a symlink": [
    { ...symlink("f", "x"), xattrs: { "trusted.k": base64("v") } },
    "trusted.k=0sdg==",
    true,
  ],
  "a label": [directory("f", { xattrs: { "security.label": base64("v") } }), "security.label=0sdg==", true],
};

for (const [what, [made, line, needsRoot]] of Object.entries(KINDS)) {
  rootForeignTest(TOOLS, `${what} is restored by root`, () =>
    withDirectory(async (root) => {
      const owned = { ...made, uid: 1234, gid: 5678 };
      assert.deepEqual(await restoreWithAttributes(`${root}/t`, [owned]), []);
      assert.deepEqual(await attributesIn(`${root}/t`), ["# file: f", line].sort());
      const { mode } = Deno.lstatSync(`${root}/t/f`);
      if (made.acl === undefined && !made.link) assert.equal(mode! & 0o7777, made.mode);
    }));

  foreignTest(
    TOOLS,
    `${what} is ${needsRoot ? "counted and named" : "restored"} without root`,
    () =>
      withDirectory(async (root) => {
        Deno.chmodSync(root, 0o1777);
        const own = Deno.uid() === 0 ? { ...made, uid: NOBODY, gid: NOBODY } : made;
        const { notes } = await unprivileged({ target: `${root}/t`, entries: [own] });
        if (needsRoot) assert.match(notes![0]!, /not set, which needs root.*: 1 \("f"\)$/);
        else assert.deepEqual(notes, []);
        assert.deepEqual(await attributesIn(`${root}/t`), needsRoot ? [] : ["# file: f", line].sort());
        const { mode } = Deno.lstatSync(`${root}/t/f`);
        if (made.acl === undefined && !made.link) assert.equal(mode! & 0o7777, made.mode);
      }),
  );
}

foreignTest(
  TOOLS,
  "a name of a hostile host sets attributes of its own file alone",
  () =>
    withDirectory(async (root) => {
      Deno.writeTextFileSync(`${root}/victim`, "");
      const injected = `# file: ${root}/victim\nuser.evil=0sdg==\n`;
      const xattrs = { [`user.a=0s\n\n${injected}`]: "", "user.last": base64(injected) };
      const names = ["x\n", "\\012", " ", "\r", "=", "#", "-h", "é\u2028", "q\"'`$(id)"];
      const paths = [...names, ...names.map((name) => `${name}\n\n`), injected.replaceAll("/", "\u2215")];
      assert.deepEqual(
        await restoreWithAttributes(`${root}/t`, paths.map((path) => file(path, { xattrs }))),
        [],
      );
      const { text } = await must("getfattr", ["-d", "-m", "-", "--absolute-names", `${root}/victim`]);
      assert.equal(text, "");
      const { text: all } = await bash(`getfattr -R -d -m - . | grep -c '^user.last='`, { cwd: `${root}/t` });
      assert.equal(Number(all), paths.length);
    }),
);

foreignTest(
  TOOLS,
  "attributes that are refused are named, and keep no others from being set",
  () =>
    withDirectory(async (root) => {
      const refused = { "user.good": base64("v"), "security.capability": base64("no capability") };
      const notes = await restoreWithAttributes(`${root}/t`, [
        file("a\nb", { xattrs: refused }),
        file("back\\slash", { xattrs: refused }),
        file("good", { xattrs: { "user.good": base64("v") } }),
      ]);
      assert.equal(notes.length, 1);
      assert.match(notes[0]!, /^Capabilities not set, .*: 2 \("a\\nb", "back\\\\slash"\)$/);
      const lines = await attributesIn(`${root}/t`);
      assert.equal(lines.filter((line) => line === "user.good=0sdg==").length, 3);
    }),
);

foreignTest(
  [],
  "where setfattr may not be run, modes are no wider than the ACL, and what is lost is named",
  () =>
    withDirectory(async (root) => {
      Deno.chmodSync(root, 0o1777);
      const own = Deno.uid() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
      const task = {
        target: `${root}/t`,
        entries: [
          file("f", { ...own, mode: 0o600, acl: ACL }),
          file("g", { ...own, xattrs: { "user.k": "" } }),
        ],
      };
      const { notes } = await unprivileged(task, ["--allow-read", "--allow-write", "--allow-sys"]);
      assert.match(
        notes!.join("\n"),
        /^Extended attributes and ACLs not set, since setfattr .*: 2 \("g", "f"\)$/,
      );
      assert.deepEqual(listing(`${root}/t`).map((it) => it.slice(0, 7)), ["0600 /f", "0644 /g"]);
    }),
);

foreignTest(
  [...TOOLS, "setfacl"],
  "ACLs of the target are inherited by nothing that is restored",
  () =>
    withDirectory(async (root) => {
      await bash(`mkdir '${root}/t'; setfacl -d -m u:34:rwx '${root}/t'`);
      const entries = [directory("d"), file("d/f", { mode: 0o640 }), entry("fifo", "p", { mode: 0o660 })];
      assert.deepEqual(await restoreWithAttributes(`${root}/t`, entries), []);
      const lines = await attributesIn(`${root}/t`);
      assert.deepEqual(lines.filter((line) => /^# file: |access/.test(line)).length, 1, lines.join("\n"));
    }),
);

foreignTest(
  [...TOOLS, "setfacl"],
  "an existing directory that takes a mode loses its old ACL",
  () =>
    withDirectory(async (root) => {
      await bash(
        `mkdir -p '${root}/t/d' '${root}/t/e'; setfacl -m u:34:rwx -d -m u:34:rwx '${root}/t/d' '${root}/t/e'`,
      );
      const entries = [directory("d", { mode: 0o770 }), directory("e", { defaultAcl: DEFAULT_ACL })];
      assert.deepEqual(await restoreWithAttributes(`${root}/t`, entries, { overwrite: true }), []);
      assert.deepEqual((await attributesIn(`${root}/t`)).filter((it) => /^# file|access/.test(it)), [
        "# file: e",
      ]);
      assert.equal(Deno.statSync(`${root}/t/d`).mode! & 0o777, 0o770);
    }),
);
