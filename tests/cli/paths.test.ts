/** Relative paths on a command line start from the user's directory, also in a Deno task. */
import assert from "node:assert/strict";
import type { Argument, Command, Option } from "commander";
import { definitionOf } from "../../lib/cli/command_line.ts";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { kindOfArgument, kindOfOption, tableOf, type ValueKind } from "../../lib/cli/table.ts";
import { type Guarded, HOST, withGuarded } from "../support/guarded.ts";
import { type Ran, run } from "../support/foreign.ts";

const isPath = (kind: ValueKind): boolean => kind === "file" || kind === "directory";

/** A value that a command takes: an option by its flag, an argument by its term. */
interface Value {
  readonly name: string;
  readonly value: unknown;
}

/** What the action of a command gets for its paths, where each is given as `path`: the options one by one. */
async function pathsGiven(name: string, path: string, from: string): Promise<Value[]> {
  const command = (await definitionOf(COMMANDS)).commands.find((it) => it.name() === name)!;
  const got = [];
  for (const { long } of pathsOf(command).options) got.push(await pathsGivenWith(name, long!, path, from));
  return got.flat();
}

/** The same for one option and all arguments. */
async function pathsGivenWith(name: string, option: string, path: string, from: string): Promise<Value[]> {
  const root = await definitionOf(COMMANDS);
  const command = root.commands.find((it) => it.name() === name)!;
  const { options, operands } = pathsOf(command);
  const words = command.registeredArguments.map((argument) =>
    operands.includes(argument) ? path : argument.argChoices?.[0] ?? "other"
  );
  const got: Value[] = [];
  command.action((...received: unknown[]) => {
    const values = received[words.length] as Record<string, unknown>;
    const given = options.filter(({ long }) => long === option);
    got.push(...given.map((it) => ({ name: it.long!, value: values[it.attributeName()] })));
    got.push(...operands.map((it) => ({
      name: it.name(),
      value: received[command.registeredArguments.indexOf(it)],
    })));
  });
  const required = command.options.filter((it) => it.mandatory && it.long !== option);
  const others = required.flatMap(({ long }) => [long!, "other"]);
  await root.parseAsync(["--relative-to", from, name, option, path, ...others, ...words], { from: "user" });
  return got;
}

/** The options and arguments of a command that are paths. */
function pathsOf(command: Command): { options: Option[]; operands: Argument[] } {
  return {
    options: command.options.filter((option) => isPath(kindOfOption(option))),
    operands: command.registeredArguments.filter((argument) => isPath(kindOfArgument(argument))),
  };
}

for (const { name } of tableOf(await definitionOf(COMMANDS)).commands) {
  Deno.test(`every path argument of ${name} is relative to the directory that the task was called from`, async () => {
    for (
      const [path, from, absolute] of [
        ["a b/c", "/home/of user", "/home/of user/a b/c"],
        ["../c/", "/home/user", "/home/c"],
        [".", "/", "/"],
        ["/etc/c", "/home/user", "/etc/c"],
        ["c", "", "c"], // Deno says nothing: the path stays as it is
        ["-", "/home/user", "-"], // standard input or output
        ["./-", "/home/user", "/home/user/-"],
      ] as const
    ) {
      const got = await pathsGiven(name, path, from);
      assert.ok(got.some((it) => it.name === "--config"));
      for (const it of got) assert.deepEqual([it.value].flat(), [absolute], it.name);
    }
  });
}

Deno.test("options and arguments that name files and directories are recognized", async () => {
  const names = (await definitionOf(COMMANDS)).commands.flatMap((command) => {
    const { options, operands } = pathsOf(command);
    const all = [...options.map(({ long }) => long), ...operands.map((it) => it.name())];
    return all.map((name) => `${command.name()} ${name}`);
  });
  for (
    const name of [
      "audit --credentials",
      "backup --credentials",
      "files --identity",
      "init --passphrase-file",
      "keygen dir",
      "provision --kits",
      "provision --owner-credentials",
      "quickstart --in",
      "quickstart directory",
      "restore --to",
      "schedule --root",
      "upload file",
      "verify --identity",
    ]
  ) assert.ok(names.includes(name), name);
});

/** Where the user is: neither the clone nor below it, or below it; its name is one that shells take apart. */
const PLACES = [["desk  of $HOME 'x'", ".."], ["clone/fleet", "../.."]] as const;

/** Runs a task of the clone from another directory. */
function taskFrom(
  place: string,
  { clone, shell }: Guarded,
  deno = "deno",
): (line: string, env?: Record<string, string>) => Promise<Ran> {
  const start = `cd "${place.replaceAll("$", "\\$")}" && ${deno} task -q --config ${clone}/deno.json`;
  return (line, env) => shell(`${start} ${line}`, env);
}

for (const [place, up] of PLACES) {
  Deno.test(`a task called from ${place} resolves relative paths from there`, () =>
    withGuarded(async (host) => {
      const at = `${host.directory}/${place}`;
      Deno.mkdirSync(at, { recursive: true });
      // Its two blanks are one in what the task passes, and nothing else tells, if the tests run in a task themselves.
      const task = taskFrom(at, host, "env -u INIT_CWD deno");
      const good = async (line: string): Promise<string> => {
        const { code, text, stderr } = await task(line);
        assert.equal(code, 0, `${line}: ${stderr}`);
        return text;
      };
      assert.ok((await good("keygen")).includes(`${at}/keys/backups.asc`));
      assert.ok((await good("keygen other")).includes(`${at}/other/backups.asc`));
      await good("init --config fleet/my.config.ts --host h1");
      assert.ok(
        Deno.statSync(`${at}/fleet/my.config.ts`).isFile && Deno.statSync(`${at}/fleet/keys`).isDirectory,
      );
      Deno.mkdirSync(`${at}/etc/x`, { recursive: true });
      Deno.writeTextFileSync(`${at}/etc/x/file`, "x");
      const drill = await good("quickstart etc --in drill");
      assert.ok(drill.includes(`${at}/drill/restored`), drill);
      const config = `--config ${up}/etc/backup.config.ts`;
      await good(`permissions ${config} --host ${HOST} --write`);
      await good(`backup ${config} --host ${HOST}`);
      await good(`list ${config}`);
      Deno.copyFileSync(`${host.directory}/etc/private.asc`, `${at}/private.asc`);
      await good(`verify ${config} --deep --identity private.asc`);
      await good(`files latest ${config} --identity ./private.asc`);
      const restored = await good(`restore latest ${config} --identity private.asc --to back`);
      assert.ok(restored.includes(`into ${at}/back: `), restored);
      assert.equal(Deno.readTextFileSync(`${at}/back${host.source}/file`), "content\n");
    }));
}

Deno.test("the default config is in the directory that the task was called from, not in the clone", () =>
  withGuarded(async (host) => {
    Deno.mkdirSync(`${host.directory}/etc/store`);
    const { code, text, stderr } = await taskFrom(`${host.directory}/etc`, host)("list");
    assert.deepEqual([code, text], [0, ""], stderr);
    const none = await taskFrom(host.source, host)("list");
    assert.deepEqual(
      [none.code, none.stderr.includes(`"${host.source}/backup.config.ts"`)],
      [2, true],
      none.stderr,
    );
  }));

Deno.test("a command started without a task ignores an inherited INIT_CWD", () =>
  withGuarded(async ({ directory, clone, source }) => {
    const how = ["run", "-q", "--no-prompt", "-A", `--config=${clone}/deno.json`, `${clone}/mod.ts`];
    const { code, text, stderr } = await run(Deno.execPath(), [...how, "keygen", "made"], {
      cwd: directory,
      env: { INIT_CWD: source },
    });
    assert.equal(code, 0, stderr);
    assert.ok(Deno.statSync(`${directory}/made/backups.asc`).isFile, text);
  }));

Deno.test("a task started by another task resolves paths from that task's directory", () =>
  withGuarded(async (host) => {
    const outer = {
      tasks: { outer: `cd inner && deno task -q --config ${host.clone}/deno.json keygen made` },
    };
    Deno.mkdirSync(`${host.directory}/project/inner`, { recursive: true });
    Deno.writeTextFileSync(`${host.directory}/project/deno.json`, JSON.stringify(outer));
    const { code, text, stderr } = await host.shell("deno task -q --config project/deno.json outer");
    assert.equal(code, 0, stderr);
    assert.ok(text.includes(`${host.directory}/project/inner/made/backups.asc`), text);
  }));

Deno.test("a task ignores an INIT_CWD that was set before it started", () =>
  withGuarded(async (host) => {
    const { code, text, stderr } = await taskFrom(host.directory, host)("keygen made", {
      INIT_CWD: host.source,
    });
    assert.equal(code, 0, stderr);
    assert.ok(text.includes(`${host.directory}/made/backups.asc`), text);
  }));

Deno.test("compile called from another directory reads and writes there", () =>
  withGuarded(async (host) => {
    const at = `${host.directory}/etc`;
    const line = `compile --config backup.config.ts --host ${HOST} --output made`;
    const made = await taskFrom(at, host)(line, { DENORT_BIN: "/bin/true" });
    assert.equal(made.code, 0, made.stderr);
    assert.ok(Deno.statSync(`${at}/made`).isFile);
  }));
