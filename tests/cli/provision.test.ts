/** `provision` as it is typed. What it makes is tested in `tests/provisioning`. */
import assert from "node:assert/strict";
import { withAmazon } from "../support/amazon.ts";
import { nightdrop } from "../support/nightdrop.ts";
import { HOST, withSetup } from "../support/setup.ts";

/** Options that do not go together, and what the error says. */
const REFUSED: readonly (readonly [args: string[], says: RegExp])[] = [
  [
    [HOST, "--finish"],
    /--finish needs --rotate\nhint: Run --rotate, use the new key, then run --rotate --finish/,
  ],
  [["--all", "--revoke"], /Cannot revoke all hosts at once\nhint: Name the host/],
  [[HOST, "--credentials", "x"], /--credentials needs --reader or --store/],
  [["--store", "second"], /the config has no mirror of this name\nhint: Add "mirrors" or "pins"/],
  [[], /Name a host, or add --all or --reader\nhint: /],
];

Deno.test("provision refuses options that do not go together, and says what to run", () =>
  withSetup(async (at) => {
    for (const [args, says] of REFUSED) {
      const { code, stderr } = await nightdrop(["provision", ...args], { cwd: at });
      assert.equal(code, 2, stderr);
      assert.match(stderr, says);
    }
  }));

Deno.test("provision --store says which file to name in the config, until the config names it", () =>
  withAmazon((amazon) =>
    withSetup(async (at) => {
      const store = { kind: "s3", bucket: "second", region: "eu-west-1", endpoint: amazon.endpoint };
      const config = Deno.readTextFileSync(`${at}/backup.config.ts`);
      const say = async (mirror: object): Promise<string> => {
        const mirrors = `mirrors: ${JSON.stringify({ second: mirror })}, hosts:`;
        Deno.writeTextFileSync(`${at}/backup.config.ts`, config.replace("hosts:", () => mirrors));
        const env = {
          NIGHTDROP_OWNER_ACCESS_KEY_ID: "OWNER",
          NIGHTDROP_OWNER_SECRET_ACCESS_KEY: "of-the-owner",
        };
        const { code, stderr } = await nightdrop(["provision", "--store", "second", "--apply"], {
          cwd: at,
          env,
        });
        assert.equal(code, 0, stderr);
        return stderr;
      };
      const advice =
        /^Add putCredentials: \{ file: "\S+\/second\.writer\.credentials" \} to second in your config/m;
      assert.match(await say({ store }), advice);
      assert.match(await say({ store }), advice);
      assert.equal(await say({ store, putCredentials: { file: "second.writer.credentials" } }), "");
    })
  ));
