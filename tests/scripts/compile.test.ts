/**
 * What `deno compile` makes. The runtime that such executables are made of comes from Deno's own server, so here another
 * program stands in for it: the executables are not run. What they were given is read out of them.
 */
import assert from "node:assert/strict";
import { LAUNCHES } from "../../lib/permissions/launch.ts";
import { type Compiled, readCompiled } from "../artefacts/compiled.ts";
import { make } from "../support/build.ts";
import { HOST, withGuarded } from "../support/guarded.ts";

/** The one file that is in it. */
function textOf(files: ReadonlyMap<string, Uint8Array>): string {
  assert.deepEqual([...files.keys()], ["nightdrop.js"]);
  return new TextDecoder().decode(files.get("nightdrop.js"));
}

/** Builds an executable for a host and takes it apart. */
async function compiled(directory: string, args: string[]): Promise<Compiled> {
  const output = `${directory}/nightdrop`;
  await make("compile", ["--host", HOST, "--at", "/etc/nightdrop", "--output", output, ...args], {
    DENORT_BIN: "/bin/true",
  });
  return readCompiled(output);
}

Deno.test("an executable contains the host's permissions and the script, and never prompts", () =>
  withGuarded(async ({ directory, config }) => {
    const { metadata: { permissions, v8_flags }, files } = await compiled(directory, [
      "--config",
      config,
      "--target",
      "x86_64",
    ]);
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

Deno.test("with --embed an executable, here for aarch64, contains the config and does not read the file", () =>
  withGuarded(async ({ directory, config, configure }) => {
    configure({ exclude: ["a-pattern-to-look-for"] });
    const { metadata: { permissions }, files } = await compiled(directory, [
      "--config",
      config,
      "--target",
      "aarch64",
      "--embed",
    ]);
    assert.ok(textOf(files).includes("a-pattern-to-look-for"));
    assert.ok(!(permissions.allow_read as string[]).some((path) => path.endsWith(".config.ts")));
  }));
