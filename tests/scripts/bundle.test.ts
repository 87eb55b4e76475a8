/** The single-file script: nothing else of nightdrop, no package, no cache, no network. */
import assert from "node:assert/strict";
import { LAUNCHES, v8Flag } from "../../lib/permissions/launch.ts";
import { ownDirectories } from "../support/own_directories.ts";
import { asCron } from "../support/cron.ts";
import { builtScript, make } from "../support/build.ts";
import { bash, type Ran, rootForeignTest, run } from "../support/foreign.ts";
import { type Guarded, HOST, setsOf, withGuarded } from "../support/guarded.ts";
import { withDirectory } from "../support/directory.ts";

/** Returns the text of the script. */
async function script(): Promise<string> {
  return await Deno.readTextFile(await builtScript());
}

/** Runs the script without a network, in a cache that is empty, in the directory that it lies in. */
async function runScript({ directory }: Guarded, flags: string, args: string): Promise<Ran> {
  Deno.mkdirSync(`${directory}/alone`, { recursive: true });
  Deno.writeTextFileSync(`${directory}/alone/nightdrop.js`, await script());
  const line = `${Deno.execPath()} run --quiet --no-prompt ${flags} nightdrop.js ${args}`;
  return await run("unshare", ["--net", "sh", "-c", line], {
    cwd: `${directory}/alone`,
    env: { ...ownDirectories(directory), DENO_DIR: `${directory}/empty-cache` },
  });
}

rootForeignTest(
  ["unshare"],
  "the script backs up with the permissions that it derives, worker threads included",
  () =>
    withGuarded(async (host) => {
      for (let number = 0; number < 8; number++) {
        Deno.writeFileSync(`${host.source}/${number}`, crypto.getRandomValues(new Uint8Array(60_000)));
      }
      // A thread that is posted as text lists a directory as large as this; without it a run waits for a minute.
      await bash(`seq -f '%06g-${"n".repeat(240)}' 1500 | xargs touch`, { cwd: host.source });
      const about = `--config ${host.config} --host ${HOST}`;
      const derived = await runScript(host, "-R -E -S", `permissions ${about} --for backup`);
      assert.equal(derived.code, 0, derived.stderr);
      assert.doesNotMatch(derived.text, /\/lib\b/, "no file of nightdrop is read");
      const flags = derived.text.trim().split("\n").map((flag) => `'${flag}'`).join(" ");
      const stored = await runScript(host, flags, `backup ${about}`);
      assert.deepEqual([stored.code, stored.text.startsWith("Stored: ")], [0, true], stored.stderr);
      assert.doesNotMatch(stored.text, / min /);
      assert.doesNotMatch(stored.stderr, /sandbox/);
      const identity = `--identity ${host.directory}/etc/private.asc`;
      const verified = await runScript(host, "-R -E -S", `verify --config ${host.config} --deep ${identity}`);
      assert.match(verified.text, /good: 1 snapshot/, verified.stderr);
    }),
);

rootForeignTest(
  ["unshare"],
  "--write creates a deno.json beside the script, with the sets and the import name nightdrop",
  () =>
    withGuarded(async (host) => {
      const about = `--config ${host.config} --host ${HOST}`;
      const early = await runScript(host, "-R -E -S", `schedule ${about} --cron`);
      assert.deepEqual([early.code, early.text], [2, ""]);
      assert.match(
        early.stderr,
        /permissions of backup are not in .*\/alone\/deno\.json\nhint: run `.* --write`/,
      );
      const written = await runScript(host, "-R -W -E -S", `permissions ${about} --write`);
      assert.equal(written.code, 0, written.stderr);
      assert.ok(setsOf({ ...host, clone: `${host.directory}/alone` }).host);
      host.configure({}, 'import { defineConfig } from "nightdrop"; defineConfig;');
      const stored = await runScript(host, "-P=host", `backup ${about}`);
      assert.equal(stored.code, 0, stored.stderr);
      assert.doesNotMatch(stored.stderr, /sandbox/);
      const scheduled = await runScript(host, "-R -E -S", `schedule ${about} --cron`);
      const [, flags] = / --cached-only (\S+) -P=host \S+\/alone\/nightdrop\.js backup /.exec(
        scheduled.text,
      )!;
      assert.deepEqual([flags], v8Flag(LAUNCHES.backup), "as the tasks have them");
      assert.match(scheduled.text, /^MALLOC_ARENA_MAX=2$/m);
    }),
);

rootForeignTest(
  ["unshare"],
  "the script that is linked as nightdrop starts each command with its permissions, and names itself",
  () =>
    withGuarded(async (host) => {
      const at = `${host.directory}/alone`;
      Deno.mkdirSync(at);
      Deno.writeTextFileSync(`${at}/nightdrop.js`, await script(), { mode: 0o755 });
      Deno.symlinkSync(`${at}/nightdrop.js`, `${host.directory}/bin/nightdrop`);
      const nightdrop = (words: string): Promise<Ran> =>
        host.shell(`unshare --net nightdrop ${words}`, { DENO_DIR: `${host.directory}/empty-cache` });
      const about = `--config etc/backup.config.ts --host ${HOST}`;
      const stored = await nightdrop(`backup ${about}`);
      assert.deepEqual([stored.code, stored.text.startsWith("Stored: ")], [0, true], stored.stderr);
      assert.doesNotMatch(stored.stderr, /sandbox/);
      const listed = await nightdrop("list --config etc/backup.config.ts");
      assert.match(listed.text, /^\S+ {2}.*\n$/, listed.stderr);
      assert.match((await nightdrop("lst")).stderr, /Did you mean list\?\)\n.*`nightdrop help` shows/s);
      assert.match((await nightdrop("help")).text, /^Usage: nightdrop /);
      const { text } = await nightdrop(`schedule ${about} --cron`);
      assert.match(text, new RegExp(` root ${at}/nightdrop\\.js backup --config ${host.config} `));
      assert.deepEqual((await asCron(text)).code, 0);
      assert.equal((await nightdrop("list --config etc/backup.config.ts")).text.split("\n").length, 3);
    }),
);

rootForeignTest(
  ["unshare"],
  "the script reports a path with a comma, which would be two permissions, and starts nothing",
  () =>
    withGuarded(async (host) => {
      const at = `${host.directory}/with,comma`;
      Deno.mkdirSync(at);
      Deno.writeTextFileSync(`${host.directory}/bin/nightdrop`, await script(), { mode: 0o755 });
      const backup = (config: string): Promise<Ran> =>
        host.shell(`nightdrop backup --config ${config} --host ${HOST}`);
      const config = `${at}/backup.config.ts`;
      const first = await backup(config);
      assert.equal(first.code, 2);
      assert.equal(
        first.stderr.split("\n")[0],
        `error: Cannot use the config ${config}: its path has a comma`,
      );
      for (
        const [settings, path] of [
          [{ paths: ["../with,comma"] }, at],
          [{ store: { kind: "directory", path: "../with,comma" } }, at],
          [{ state: "../with,comma" }, at],
        ] as const
      ) {
        host.configure(settings);
        const { code, text, stderr } = await backup(host.config);
        assert.deepEqual([code, text], [2, ""], stderr);
        assert.match(stderr, new RegExp(`^error: Cannot write "${path}.*" as a flag: it has a comma`, "m"));
      }
      assert.deepEqual([...Deno.readDirSync(at)], []);
    }),
);

Deno.test("a config can import types without a module", () =>
  withDirectory(async (directory) => {
    Deno.writeTextFileSync(`${directory}/nightdrop.js`, await script());
    const config =
      'import type { Config } from "./mod.ts"; export default ({ hosts: {} }) satisfies Partial<Config>;';
    Deno.writeTextFileSync(`${directory}/backup.config.ts`, config);
    const { stderr } = await run(Deno.execPath(), ["run", "-q", "-R", "-E", "-S", "nightdrop.js", "list"], {
      cwd: directory,
    });
    assert.match(
      stderr,
      /The config "backup\.config\.ts" has a problem:\n {2}hosts: must have at least one host/,
    );
  }));

Deno.test("the build of the script is reproducible, and it contains no path of the build machine", async () => {
  const text = await script();
  await withDirectory(async (directory) => {
    await make("bundle", ["--output", `${directory}/again.js`]);
    assert.equal(Deno.readTextFileSync(`${directory}/again.js`) === text, true);
    await bash(`! grep -F ${new URL("../../", import.meta.url).pathname} ${directory}/again.js`);
    await bash(`! grep -F /npm/registry ${directory}/again.js`);
  });
});
