/** `provision` as it is typed. What it makes is tested in `tests/provisioning`. */
import assert from "node:assert/strict";
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
