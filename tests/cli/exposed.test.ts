/** What root refuses because other users could change it, as a process. */
import assert from "node:assert/strict";
import { nightdrop } from "../support/nightdrop.ts";
import { must } from "../support/foreign.ts";
import { HOST, withSetup } from "../support/setup.ts";

/** What makes something exposed, in the directory of a set-up, and what is then refused. */
const EXPOSED: readonly [what: string, script: string, message: RegExp][] = [
  [
    "a config that others can write to",
    "chmod 666 backup.config.ts",
    /the config ".*" as root: all users can write/,
  ],
  [
    "a config that another user owns",
    "chown nobody backup.config.ts",
    /the config ".*" as root: user \d+ owns it/,
  ],
  [
    "what a config imports",
    "echo 'export {}' > more.ts; chmod 660 more.ts; chgrp daemon more.ts; " +
    `sed -i '1i import "./more.ts";' backup.config.ts`,
    /the config ".*more\.ts" as root: group \d+ can write/,
  ],
  ["the directory of the config", "chmod 777 .", /the config ".*" as root: of ".*": all users can write/],
  [
    "a public key that others can write to",
    "chmod 666 keys/backups.asc",
    /the public key ".*backups\.asc" as root: all users can write/,
  ],
  [
    "the directory of a public key",
    "chmod 777 keys",
    /the public key ".*" as root: of ".*keys": all users can write/,
  ],
  ["a state directory", "mkdir -p state; chmod 777 state", /the state directory ".*" as root:/],
  [
    "a link to the state directory",
    "mkdir s; chown nobody s; ln -sfn s state",
    /the state directory ".*" as root:/,
  ],
];

for (const [what, script, message] of EXPOSED) {
  Deno.test({
    name: `as root, backup refuses ${what}, and its hint fixes it`,
    ignore: Deno.uid() !== 0,
    fn: () =>
      withSetup(async (at) => {
        await must("sh", ["-c", `cd ${at}; ${script}`]);
        const refused = await nightdrop(["backup", "--host", HOST], { cwd: at });
        assert.equal(refused.code, 2, refused.stderr);
        assert.match(refused.stderr, message);
        const [, remedy] = /hint: (.*)/.exec(refused.stderr)!;
        await must("sh", ["-c", remedy!]);
        assert.equal((await nightdrop(["backup", "--host", HOST], { cwd: at })).code, 0);
      }),
  });
}

Deno.test({
  name: "as root, keygen refuses a directory that other users can change",
  ignore: Deno.uid() !== 0,
  fn: () =>
    withSetup(async (at) => {
      await must("sh", ["-c", `mkdir -m 777 ${at}/open`]);
      const { code, stderr } = await nightdrop(["keygen", "open/keys"], { cwd: at });
      assert.deepEqual([code, /all users can write to it/.test(stderr)], [2, true], stderr);
      assert.deepEqual([...Deno.readDirSync(`${at}/open`)], []);
    }),
});

/** Commands that open private keys, with files that are named from the current directory. */
const OPENING: readonly (readonly string[])[] = [
  ["files", "latest"],
  ["restore", "latest", "--to", "back"],
  ["verify", "--deep"],
];

Deno.test({
  name: "as root, every command refuses a private key that others can write to, by whatever path it is named",
  ignore: Deno.uid() !== 0,
  fn: () =>
    withSetup(async (at) => {
      const key = "keys/backups.private.asc";
      await Deno.chmod(`${at}/${key}`, 0o666);
      for (const file of [key, `../${at.split("/").at(-1)}/./${key}`, `${at}/${key}`]) {
        for (const command of file === key ? OPENING : OPENING.slice(0, 1)) {
          const { code, stderr } = await nightdrop([...command, "--identity", file], { cwd: at });
          assert.equal(code, 2, stderr);
          assert.match(
            stderr,
            /the private key ".*" as root: all users can write to it\nhint: chmod go-w \//,
          );
        }
      }
    }),
});

Deno.test("every command that opens a private key warns if other users can read it, and goes on", () =>
  withSetup(async (at) => {
    assert.equal((await nightdrop(["backup", "--host", HOST], { cwd: at })).code, 0);
    for (const path of [at, `${at}/keys`]) await Deno.chmod(path, 0o755);
    const key = "keys/backups.private.asc";
    await Deno.chmod(`${at}/${key}`, 0o644);
    for (const command of OPENING) {
      const { code, stderr } = await nightdrop([...command, "--identity", key], { cwd: at });
      assert.equal(code, 0, stderr);
      assert.match(
        stderr,
        /^warning: Other users can read the private key ".*": its mode is 0644\. Run: chmod 600 /m,
      );
    }
    const { stderr } = await nightdrop([...OPENING[0]!, "--identity", "-"], {
      cwd: at,
      stdin: Deno.readTextFileSync(`${at}/${key}`),
    });
    assert.doesNotMatch(stderr, /Other users/);
  }));

Deno.test({
  name: "as root, a passphrase file that others can exchange is refused, by whatever path it is named",
  ignore: Deno.uid() !== 0,
  fn: () =>
    withSetup(async (at) => {
      await must("sh", ["-c", `cd ${at}; mkdir open; (umask 077; echo secret > open/pass); chmod 777 open`]);
      for (const file of ["open/pass", `${at}/open/pass`]) {
        const command = ["keygen", "more-keys", "--passphrase-file", file];
        const { code, stderr } = await nightdrop(command, { cwd: at });
        assert.deepEqual([code, /the secret in ".*" as root: of "\/.*open"/.test(stderr)], [2, true], stderr);
      }
    }),
});
