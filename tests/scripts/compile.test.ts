/**
 * What `deno compile` makes. The runtime that such executables are made of comes from Deno's own server, so here another
 * program stands in for it: the executables are not run. What they were given is read out of them.
 */
import assert from "node:assert/strict";
import { LAUNCHES } from "../../lib/permissions/launch.ts";
import { readCompiled } from "../artefacts/compiled.ts";
import { make } from "../support/build.ts";
import { HOST, withGuarded } from "../support/guarded.ts";

/** The one file that is in it. */
function textOf(files: ReadonlyMap<string, Uint8Array>): string {
  assert.deepEqual([...files.keys()], ["nightdrop.js"]);
  return new TextDecoder().decode(files.get("nightdrop.js"));
}

for (const target of ["x86_64", "aarch64"]) {
  Deno.test(`an executable for ${target} contains the host's permissions and the script, and never prompts`, () =>
    withGuarded(async ({ directory, config }) => {
      const output = `${directory}/nightdrop`;
      const order = [
        "--config",
        config,
        "--host",
        HOST,
        "--at",
        "/etc/nightdrop",
        "--target",
        target,
        "--output",
        output,
      ];
      await make("compile", order, { DENORT_BIN: "/bin/true" });
      const { metadata: { permissions, v8_flags }, files } = readCompiled(output);
      const text = textOf(files);
      assert.deepEqual(permissions.allow_read, [
        "/etc/group",
        "/etc/passwd",
        "/etc/nightdrop/backup.config.ts",
        "/etc/nightdrop/keys/backups.asc",
        "/etc/nightdrop/store",
        `${directory}/source`,
        `${directory}/state`,
      ]);
      assert.deepEqual(permissions.allow_write, ["/etc/nightdrop/store", `${directory}/state`]);
      assert.deepEqual(
        [
          permissions.allow_net,
          permissions.allow_run,
          permissions.allow_ffi,
          permissions.prompt,
          permissions.deny_import,
        ],
        [null, ["getfattr"], null, false, []],
      );
      const { v8 } = LAUNCHES.backup;
      assert.deepEqual(v8_flags.slice(-v8.length), v8);
      assert.ok(text.includes("data:text/javascript;base64,"), "threads are in it");
      assert.ok(text.includes('"/etc/nightdrop/backup.config.ts"'), "it knows where its config is");
    }));
}

Deno.test("with --embed the executable contains the config and does not read the file", () =>
  withGuarded(async ({ directory, config, configure }) => {
    configure({ exclude: ["a-pattern-to-look-for"] });
    const output = `${directory}/nightdrop`;
    await make("compile", ["--config", config, "--host", HOST, "--embed", "--output", output], {
      DENORT_BIN: "/bin/true",
    });
    const { metadata: { permissions }, files } = readCompiled(output);
    const text = textOf(files);
    assert.ok(text.includes("a-pattern-to-look-for"));
    assert.ok(!(permissions.allow_read as string[]).some((path) => path.endsWith(".config.ts")));
  }));
