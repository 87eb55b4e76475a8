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
