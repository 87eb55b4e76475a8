import assert from "node:assert/strict";
import { openIdentities } from "../../lib/app/keys.ts";
import { withDirectory } from "../support/directory.ts";
import { owner } from "../support/owner.ts";

Deno.test({
  name: "root does not use a private key that another user could exchange",
  ignore: Deno.uid() !== 0,
  fn: () =>
    withDirectory(async (directory) => {
      const file = `${directory}/keys/private.asc`;
      Deno.mkdirSync(`${directory}/keys`);
      Deno.writeTextFileSync(file, owner.privateKey, { mode: 0o600 });
      const open = (): ReturnType<typeof openIdentities> =>
        openIdentities([file], () => Promise.resolve(undefined));
      assert.equal((await open()).length, 1);
      Deno.chmodSync(`${directory}/keys`, 0o777);
      await assert.rejects(
        open(),
        /Cannot use the private key ".*" as root: of ".*keys": all users can write/,
      );
    }),
});

/** Warnings for a private key with this mode, in a directory with that mode. */
async function warnings(mode: number, above: number): Promise<string[]> {
  return await withDirectory(async (directory) => {
    Deno.chmodSync(directory, 0o711);
    Deno.mkdirSync(`${directory}/keys`);
    Deno.writeTextFileSync(`${directory}/keys/a key.asc`, owner.privateKey);
    Deno.chmodSync(`${directory}/keys/a key.asc`, mode);
    Deno.chmodSync(`${directory}/keys`, above);
    const warned: string[] = [];
    const none = (): Promise<undefined> => Promise.resolve(undefined);
    const opened = await openIdentities([`${directory}/keys/a key.asc`], none, (text) => warned.push(text));
    assert.equal(opened.length, 1);
    return warned;
  });
}

Deno.test("a private key that other users can read is used with a warning, which names its mode", async () => {
  for (const mode of [0o644, 0o640, 0o604, 0o755, 0o444]) {
    const [warning, ...more] = await warnings(mode, 0o755);
    const octal = mode.toString(8).padStart(4, "0");
    assert.match(
      warning!,
      new RegExp(`can read the private key ".*": its mode is ${octal}. Run: chmod 600 '/.*'`),
    );
    assert.deepEqual(more, []);
  }
});

Deno.test("there is no warning about a private key that only its owner can read or reach", async () => {
  assert.deepEqual(await warnings(0o600, 0o755), []);
  assert.deepEqual(await warnings(0o400, 0o755), []);
  assert.deepEqual(await warnings(0o644, 0o700), []);
  assert.deepEqual(await warnings(0o640, 0o701), []);
});
