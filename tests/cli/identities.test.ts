/** Private keys that never touch a disk, in the sandbox of the tasks. */
import assert from "node:assert/strict";
import { run } from "../support/foreign.ts";
import { commandLine, nightdrop } from "../support/nightdrop.ts";
import { HOST, withSetup } from "../support/setup.ts";

const KEY = "keys/backups.private.asc";

/** Arguments of `files`, as a shell takes them. */
const OPENING: Readonly<Record<string, string>> = {
  "a pipe of the shell": `--identity <(cat ${KEY})`,
  "standard input": `--identity - < ${KEY}`,
  "standard input by its device": `--identity /dev/stdin < ${KEY}`,
  "shared memory": "--identity $SHM/key.asc",
  "a link into shared memory": "--identity link.asc",
};

/** Likewise; the key is unlocked, and then found to be a different key. */
const UNLOCKING: Readonly<Record<string, string>> = {
  "a pipe": "--identity locked/backups.private.asc --passphrase-file <(echo secret)",
  "shared memory": "--identity locked/backups.private.asc --passphrase-file $SHM/passphrase",
  "standard input": "--identity locked/backups.private.asc --passphrase-file - < $SHM/passphrase",
};

Deno.test("private keys and passphrases are read from pipes, standard input and shared memory", async (t) => {
  const SHM = `/dev/shm/nightdrop-test-${crypto.randomUUID()}`;
  await withSetup(async (cwd) => {
    const shell = (script: string): ReturnType<typeof run> =>
      run("bash", ["-ec", `umask 077; ${script}`], { cwd, env: { SHM } });
    const line = (...args: string[]): string => commandLine(args).map((it) => `'${it}'`).join(" ");
    assert.equal((await nightdrop(["backup", "--host", HOST], { cwd })).code, 0);
    const prepare = `mkdir "$SHM"; cp ${KEY} "$SHM/key.asc"; ln -s "$SHM/key.asc" link.asc
      echo secret > "$SHM/passphrase"; cp /bin/true "$SHM/binary"
      ${line("keygen", "locked")} --passphrase-file <(echo secret)`;
    const prepared = await shell(prepare);
    assert.equal(prepared.code, 0, prepared.stderr);
    try {
      for (const [from, args] of Object.entries(OPENING)) {
        await t.step(`the key from ${from}`, async () => {
          const { code, text, stderr } = await shell(`${line("files", "latest")} ${args}`);
          assert.equal(code, 0, stderr);
          assert.match(text, /a\.conf/);
        });
      }
      for (const [from, args] of Object.entries(UNLOCKING)) {
        await t.step(`the passphrase from ${from}`, async () => {
          const { code, stderr } = await shell(`${line("files", "latest")} ${args}`);
          assert.equal(code, 1, stderr);
          assert.match(stderr, /No given private key opens this: it is sealed for the key [0-9a-f]{40}$/m);
        });
      }
      await t.step("binary content in shared memory is refused with a hint", async () => {
        const { code, stderr } = await shell(`${line("files", "latest")} --identity $SHM/binary`);
        assert.equal(code, 2, stderr);
        assert.match(stderr, /only text can be read below \/dev\n.*--armor/);
      });
    } finally {
      await run("rm", ["-rf", SHM]);
    }
  });
});
