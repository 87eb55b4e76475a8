/** The sandbox from the config: what is written into `deno.json`, and what a run says when it does not fit. */
import assert from "node:assert/strict";
import { INHERITED } from "../../lib/process/environment.ts";
import { LAUNCHES, v8Flag } from "../../lib/permissions/launch.ts";
import { SHIPPED_SETS } from "../../lib/permissions/shipped_sets.ts";
import { flags as flagsOf } from "../../lib/sandbox/flags.ts";
import { type Guarded, HOST, narrow, setsOf, withGuarded } from "../support/guarded.ts";
import { jsonLines } from "../support/nightdrop.ts";

/** The command between the backticks of a message: what people would copy. */
function cureIn(text: string): string {
  const command = /run `(.*)`/.exec(text)?.[1];
  assert.ok(command, text);
  return command;
}

async function backsUp(host: Guarded): Promise<string> {
  const { code, stderr } = await host.task("backup");
  assert.equal(code, 0, stderr);
  return stderr;
}

Deno.test("the shipped sets allow the first backup, and a note explains how to narrow them", () =>
  withGuarded(async (host) => {
    const notes = (await backsUp(host)).split("\n").filter((line) => line.includes("sandbox"));
    assert.equal(notes.length, 1);
    assert.match(notes[0]!, /^The sandbox is not narrowed to this config yet: run `/);
    assert.equal((await host.shell(`cd ${host.clone} && ${cureIn(notes[0]!)}`)).code, 0);
    assert.doesNotMatch(await backsUp(host), /sandbox/);
  }));

Deno.test("permissions --write replaces only the host's sets, and a second run changes nothing", () =>
  withGuarded(async (host) => {
    const file = `${host.clone}/deno.json`;
    const before = Deno.readTextFileSync(file);
    const first = await host.task("permissions", ["--write", "--json"]);
    assert.deepEqual(jsonLines(first.text), [
      { event: "permissions", file, sets: ["host", "upload"], changed: true },
    ]);
    const after = Deno.readTextFileSync(file);
    assert.deepEqual(setsOf(host).host, {
      read: [
        "/etc/group",
        "/etc/passwd",
        host.config,
        `${host.directory}/etc/keys/backups.asc`,
        `${host.directory}/etc/store`,
        `${host.directory}/source`,
        `${host.directory}/state`,
        `${host.clone}/lib`,
        file,
      ].sort(),
      write: [`${host.directory}/etc/store`, `${host.directory}/state`],
      env: {
        allow: [
          ...(Deno.uid() === 0 ? [] : ["HOME"]),
          "JOURNAL_STREAM",
          "NIGHTDROP_STATE",
          ...(Deno.uid() === 0 ? [] : ["XDG_STATE_HOME"]),
        ],
        ignore: ["AWS_*", "CLICOLOR_FORCE", "FORCE_COLOR", "NODE_ENV", "_X_AMZN_TRACE_ID"],
      },
      sys: ["hostname", "statfs", "systemMemoryInfo", "uid"],
      run: ["getfattr"],
    });
    const without = (text: string): unknown => {
      const { permissions: { host: _, upload: __, ...sets }, ...rest } = JSON.parse(text);
      return { ...rest, sets };
    };
    assert.deepEqual(without(after), without(before));
    assert.equal((await host.shell(`deno fmt --check ${file}`)).code, 0, "as deno fmt would write it");
    const again = await host.task("permissions", ["--write"]);
    assert.equal(again.text, `${file} is up to date\n`);
    assert.equal(Deno.readTextFileSync(file), after);
  }));

Deno.test("a deno.json keeps its comments when it is narrowed, and backups run in what it grants", () =>
  withGuarded(async (host) => {
    const file = `${host.clone}/deno.json`;
    const commented = Deno.readTextFileSync(file)
      .replace('  "permissions": {', '  // what commands may do\n  "permissions": {')
      .replace('"version":', "/* of nightdrop */ $&");
    Deno.writeTextFileSync(file, commented);
    assert.equal((await host.task("permissions", ["--write"])).code, 0);
    const after = Deno.readTextFileSync(file);
    for (const comment of ["  // what commands may do\n", "/* of nightdrop */"]) {
      assert.ok(after.includes(comment));
    }
    assert.doesNotMatch(await backsUp(host), /sandbox/);
  }));

Deno.test("the flags that permissions prints are sufficient for a backup", () =>
  withGuarded(async (host) => {
    const [line] = (await host.task("permissions")).text.split("\n");
    const run =
      `deno run --quiet --no-prompt ${line} ${host.clone}/mod.ts backup --config ${host.config} --host ${HOST}`;
    const { code, stderr } = await host.shell(run);
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /sandbox/);
  }));

Deno.test("permissions --for prints all flags of a command, one per line", () =>
  withGuarded(async (host) => {
    for (const command of ["backup", "list", "verify", "restore", "provision", "init", "man"] as const) {
      const { text, stderr } = await host.task("permissions", ["--for", command]);
      const flags = text.trimEnd().split("\n");
      const { set } = LAUNCHES[command];
      const v8 = v8Flag(LAUNCHES[command]);
      assert.deepEqual(flags.filter((flag) => flag.startsWith("--v8-flags")), v8, stderr);
      if (set === "owner" || set === "local" || set === "shell") {
        assert.deepEqual(flags.slice(v8.length), flagsOf(SHIPPED_SETS[set]), command);
      }
      const ran = await host.shell(
        `deno run -q --no-prompt ${flags.join(" ")} ${host.clone}/mod.ts ${command} --help`,
      );
      assert.equal(ran.code, 0, ran.stderr);
    }
  }));

const NEEDS_MORE: [what: string, settings: object, missing: string][] = [
  ["a path", { paths: ["../source", "../more"] }, "read DIRECTORY/more"],
  ["a program", { hooks: { before: ["id"] } }, `env ${INHERITED.toSorted().join(", ")}; run id`],
  ["a server to tell", { notify: { ping: "https://ping.example.org/x" } }, "net ping.example.org:443"],
  ["another state directory", { state: "../state2" }, "read DIRECTORY/state2; write DIRECTORY/state2"],
  [
    "a bucket",
    {
      store: { kind: "s3", bucket: "backups", region: "eu-central-1", credentials: { env: "B" } },
    },
    "net backups.s3.eu-central-1.amazonaws.com:443; env ALL_PROXY, B_ACCESS_KEY_ID, B_SECRET_ACCESS_KEY, " +
    "B_SESSION_TOKEN, HTTPS_PROXY, HTTP_PROXY, NO_PROXY, all_proxy, http_proxy, https_proxy, no_proxy",
  ],
];

for (const [what, settings, missing] of NEEDS_MORE) {
  Deno.test(`a config that now needs ${what} is refused with the command that grants it`, () =>
    withGuarded(async (host) => {
      await narrow(host);
      host.configure(settings);
      const refused = await host.task("backup");
      assert.equal(refused.code, 2);
      const reported = refused.stderr.replaceAll(host.directory, "DIRECTORY");
      assert.ok(
        reported.startsWith(`error: The sandbox does not grant what the config needs: ${missing}\n`),
        reported,
      );
      assert.equal((await host.shell(`cd ${host.clone} && ${cureIn(refused.stderr)}`)).code, 0);
      const { stderr } = await host.task("backup", ["--dry-run"]);
      assert.doesNotMatch(stderr, /sandbox/);
    }));
}

Deno.test("a dry run reads the catalog in a sandbox that is narrowed to the config", () =>
  withGuarded(async (host) => {
    await narrow(host);
    assert.equal((await host.task("backup")).code, 0);
    const { code, text, stderr } = await host.task("backup", ["--dry-run"]);
    assert.deepEqual([code, /^Would back up .* in \d volumes? /.test(text), stderr], [0, true, ""]);
  }));

Deno.test("a config that the sandbox cannot read is refused with the command that grants it", () =>
  withGuarded(async (host) => {
    await narrow(host);
    const elsewhere = `${host.directory}/elsewhere.config.ts`;
    Deno.renameSync(host.config, elsewhere);
    const line = `cd ${host.clone} && deno task -q backup --config ${elsewhere} --host ${HOST}`;
    const { code, stderr } = await host.shell(line);
    assert.deepEqual([code, /Cannot read the config/.test(stderr)], [2, true], stderr);
    Deno.writeTextFileSync(elsewhere, Deno.readTextFileSync(elsewhere).replace("keys/", "etc/keys/"));
    assert.equal((await host.shell(`cd ${host.clone} && ${cureIn(stderr)}`)).code, 0);
    const fine = await host.shell(`${line} --dry-run`);
    assert.doesNotMatch(fine.stderr, /sandbox/);
  }));

Deno.test("a granted path that is no longer declared is a warning with the command that removes it", () =>
  withGuarded(async (host) => {
    host.configure({ paths: ["../source", "../more"] });
    Deno.mkdirSync(`${host.directory}/more`);
    await narrow(host);
    host.configure();
    const reported = await backsUp(host);
    assert.match(reported, /^warning: The sandbox grants more than the config needs, read \S*\/more: run `/m);
    await host.shell(`cd ${host.clone} && ${cureIn(reported)}`);
    assert.doesNotMatch(await backsUp(host), /sandbox/);
  }));

Deno.test("a run with all permissions prints a warning", () =>
  withGuarded(async (host) => {
    await narrow(host);
    const { code, stderr } = await host.shell(
      `deno run -q -A ${host.clone}/mod.ts backup --config ${host.config} --host ${HOST}`,
    );
    assert.equal(code, 0);
    assert.match(
      stderr,
      /^warning: .*read everything; write everything; net everything; .*; ffi everything: /m,
    );
  }));

Deno.test("a config is granted its own imports and nothing else beside them", () =>
  withGuarded(async (host) => {
    Deno.writeTextFileSync(`${host.directory}/etc/days.ts`, "export const days: number = 30;");
    host.configure(
      {},
      `import { days } from "./days.ts"; import { defineConfig } from "${host.clone}/mod.ts"; days;`,
    );
    await narrow(host);
    const read = setsOf(host).host!.read as string[];
    assert.ok(read.includes(`${host.directory}/etc/days.ts`));
    assert.ok(
      !read.some((path) => path.endsWith(".ts") && path.startsWith(host.clone)),
      "nightdrop itself is loaded",
    );
    assert.doesNotMatch(await backsUp(host), /sandbox/);
  }));

Deno.test("a path that a flag cannot express is refused, and a set accepts it", () =>
  withGuarded(async (host) => {
    Deno.mkdirSync(`${host.directory}/a,b`);
    host.configure({ paths: ["../a,b"] });
    const { code, stderr } = await host.task("permissions");
    assert.deepEqual([code, /Cannot write .* as a flag[\s\S]*hint:/.test(stderr)], [2, true]);
    await narrow(host);
    await backsUp(host);
  }));

Deno.test("--trusted narrows the sets of the trusted machine, and its commands work with them", () =>
  withGuarded(async (host) => {
    await backsUp(host);
    await narrow(host, ["--trusted"]);
    const sets = setsOf(host);
    const own = [`${host.directory}/cache/stores`, `${host.directory}/own-state/.records`];
    assert.deepEqual([sets.reader!.net, sets.reader!.write, sets.reader!.run], [
      undefined,
      own,
      undefined,
    ]);
    assert.deepEqual([sets.restore!.net, sets.restore!.write, sets.restore!.run], [undefined, true, [
      "mkfifo",
      "setfattr",
    ]]);
    const identity = ["--identity", `${host.directory}/etc/private.asc`];
    for (
      const [command, args] of [
        ["list", []],
        ["verify", ["--deep", ...identity]],
        ["files", ["latest", ...identity]],
        ["restore", ["latest", "--to", `${host.directory}/back`, ...identity]],
      ] as const
    ) {
      const { code, stderr } = await host.task(command, [...args]);
      assert.equal(code, 0, `${command}: ${stderr}`);
    }
    assert.equal(Deno.readTextFileSync(`${host.directory}/back${host.source}/file`), "content\n");
  }));

Deno.test("help and usage errors are printed in the narrowed sandbox too, with and without colours", () =>
  withGuarded(async (host) => {
    await narrow(host);
    for (const env of ["-u NO_COLOR", "NO_COLOR=1", "FORCE_COLOR=1 CLICOLOR_FORCE=1"]) {
      const run = `env ${env} sh -c 'cd ${host.clone}; deno task -q backup`;
      const help = await host.shell(`${run} --help'`);
      assert.deepEqual([help.code, /--dry-run/.test(help.text)], [0, true], help.stderr);
      const wrong = await host.shell(`${run} --frobnicate'`);
      assert.deepEqual([wrong.code, /unknown option/.test(wrong.stderr)], [2, true], wrong.stderr);
    }
  }));
