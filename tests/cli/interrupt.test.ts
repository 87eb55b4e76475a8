/** Every command, while it waits for something, and the three signals by which people and machines end it. */
import assert from "node:assert/strict";
import { foreignTest, must } from "../support/foreign.ts";
import { commandLine, startNightdrop } from "../support/nightdrop.ts";
import { withDirectory } from "../support/directory.ts";
import { exists } from "../../lib/disk/exists.ts";
import { ends } from "../support/processes.ts";
import { withServer } from "../store/wire.ts";
import { HOST, withSetup } from "../support/setup.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * A command that only looks ends within two seconds; the rest is for a machine that does other things, too. On one that is so
 * busy that a command takes long to start, it may take some times as long to end.
 */
function soonMs(startMs: number): number {
  return Math.max(3000, 6 * startMs);
}

const IDENTITY = ["--identity", "keys/backups.private.asc"];
const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: "a",
  AWS_SECRET_ACCESS_KEY: "b",
  NIGHTDROP_OWNER_ACCESS_KEY_ID: "a",
  NIGHTDROP_OWNER_SECRET_ACCESS_KEY: "b",
};

/** The commands that have a config. */
const COMMANDS: readonly string[][] = [
  ["backup", "--host", HOST],
  ["upload", "--host", HOST, "bucket", "backup.config.ts"],
  ["permissions", "--host", HOST],
  ["schedule", "--host", HOST, "--cron"],
  ["provision", HOST],
  ["audit", HOST],
  ["list"],
  ["files", `${HOST}/latest`, ...IDENTITY],
  ["restore", `${HOST}/latest`, ...IDENTITY, "--to", "restored"],
  ["verify"],
  ["drill", ...IDENTITY],
];

/** A command that is under way, with what it has said so far. */
class Running {
  readonly child: Deno.ChildProcess;
  stderr = "";
  readonly #begun = performance.now();
  #startMs = 0;
  readonly #done: Promise<void>;

  constructor(args: string[], at: string) {
    this.child = startNightdrop(args, at, { env: CREDENTIALS, flags: ["--allow-run=getfattr,kill,sh"] });
    this.#done = this.#listen();
  }

  async #listen(): Promise<void> {
    const cancelled = this.child.stdout.cancel();
    for await (const text of this.child.stderr.pipeThrough(new TextDecoderStream())) this.stderr += text;
    await cancelled;
  }

  async until(ready: () => boolean): Promise<void> {
    let ended = false;
    this.#done.then(() => ended = true);
    while (!ready()) {
      assert.ok(!ended, this.stderr);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    this.#startMs = performance.now() - this.#begun;
  }

  /** Sends a signal and holds what comes of it to what is promised. */
  async endedBy(signal: Deno.Signal, what: string): Promise<void> {
    const begun = performance.now();
    this.child.kill(signal);
    const { code } = await this.child.status;
    const milliseconds = performance.now() - begun;
    await this.#done;
    assert.equal(code, 130, `${what}, ${signal}: ${this.stderr}`);
    assert.match(this.stderr, /^error: Interrupted/m, what);
    assert.ok(milliseconds < soonMs(this.#startMs), `${what}, ${signal}: ${milliseconds} ms`);
  }
}

/** Config that never finishes loading. */
const WAITING = 'x: (console.error("waits"), await new Promise((resolve) => setTimeout(resolve, 1e6))),';

/** Returns one signal for each command: one handler serves them all, and every signal ends several commands. */
function signalFor(args: readonly string[], shift: number): Deno.Signal {
  return SIGNALS[(COMMANDS.findIndex(([name]) => name === args[0]) + shift) % SIGNALS.length]!;
}

Deno.test("a signal ends every command that loads its config, at once and with exit code 130", () =>
  withSetup(
    async (at) => {
      await Promise.all(COMMANDS.map(async (args) => {
        const running = new Running(args, at);
        await running.until(() => running.stderr.includes("waits"));
        await running.endedBy(signalFor(args, 0), args[0]!);
      }));
    },
    "",
    WAITING,
  ));

Deno.test("a signal ends every command that waits for a store, at once and with exit code 130", () => {
  let asked = false;
  return withServer(() => asked = true, (port) =>
    withSetup(
      async (at) => {
        const store = `{ kind: "s3", bucket: "bucket", region: "r", endpoint: "http://127.0.0.1:${port}" }`;
        const config = Deno.readTextFileSync(`${at}/backup.config.ts`);
        Deno.writeTextFileSync(
          `${at}/backup.config.ts`,
          config.replace('{ kind: "directory", path: "store" }', store),
        );
        for (const args of COMMANDS.filter(([name]) => name !== "permissions" && name !== "schedule")) {
          asked = false;
          const running = new Running(args, at);
          await running.until(() => asked);
          await running.endedBy(signalFor(args, 1), args[0]!);
        }
      },
    ));
});

/** Runs a program on a terminal, types, ends it in one way; prints its exit code and the milliseconds to start and to end. */
const ON_A_TERMINAL = `
import json, os, pty, signal, subprocess, sys, time
words, word, typed, name = json.loads(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
started = time.time()
signal.alarm(120) # the question never comes
if name == "hang up without a signal": # it is not the program's controlling terminal
    terminal, end = pty.openpty()
    pid = subprocess.Popen(words, stdin=end, stdout=end, stderr=end, start_new_session=True).pid
    os.close(end)
else:
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(words[0], words)
said = b""
while word.encode() not in said.lower():
    said += os.read(terminal, 4096)
os.write(terminal, typed.encode())
begun = time.time()
if name.startswith("hang up"):
    os.close(terminal)
elif name in ("^C", "^D"):
    os.write(terminal, b"\\x03" if name == "^C" else b"\\x04")
else:
    os.kill(pid, getattr(signal, name))
_, status = os.waitpid(pid, 0)
print(os.waitstatus_to_exitcode(status), int(1000 * (begun - started)), int(1000 * (time.time() - begun)))
`;

/** Asks for a passphrase, and answers in one way; gives the exit code, and whether that came soon and a key was made. */
async function asked(
  at: string,
  how: string,
  typed = "",
): Promise<[code: number, soon: boolean, made: boolean]> {
  const keys = `${at}/${crypto.randomUUID()}`;
  const words = JSON.stringify(commandLine(["keygen", keys]));
  const { text } = await must("python3", ["-c", ON_A_TERMINAL, words, "passphrase", typed, how], { cwd: at });
  const [code, startMs, endMs] = text.trim().split(" ").map(Number);
  return [code!, endMs! < soonMs(startMs!), exists(keys)];
}

const HANG_UPS = ["hang up", "hang up without a signal"];

foreignTest(
  ["python3"],
  "a passphrase prompt ends on every signal, on ^C and on a hang-up, and discards the typed text",
  () =>
    withDirectory(async (at) => {
      for (const how of [...SIGNALS, "^C", ...HANG_UPS, ...HANG_UPS]) {
        for (const typed of ["", "half of it"]) {
          assert.deepEqual(await asked(at, how, typed), [130, true, false], `${how} ${typed}`);
        }
      }
    }),
);

foreignTest(
  ["python3"],
  "^D at a passphrase prompt is an empty answer",
  () =>
    withDirectory(async (at) => {
      assert.deepEqual(await asked(at, "^D"), [0, true, true]);
    }),
);

/** A backup that waits in its dump, with hooks that say that they ran. */
const SLOW = `
  dumps: [{ name: "d", command: ["sh", "-c", "echo $$ > pid; echo ready >&2; sleep 60"] }],
  hooks: { failed: ["sh", "-c", "echo failed >> ran"], finally: ["sh", "-c", "echo finally >> ran"] },`;

for (const signal of SIGNALS) {
  Deno.test(`${signal}, even if it comes twice, ends the running dump, and the hooks run`, () =>
    withSetup(
      async (at) => {
        const config = Deno.readTextFileSync(`${at}/backup.config.ts`);
        Deno.writeTextFileSync(
          `${at}/backup.config.ts`,
          config.replace("> pid", `> ${at}/pid`).replaceAll(">> ran", `>> ${at}/ran`),
        );
        const running = new Running(["backup", "--host", HOST], at);
        await running.until(() => running.stderr.includes("ready"));
        running.child.kill(signal);
        await running.endedBy(signal, "backup");
        assert.equal(Deno.readTextFileSync(`${at}/ran`), "failed\nfinally\n");
        const pid = Number(Deno.readTextFileSync(`${at}/pid`));
        assert.ok(await ends(pid), "the dump's command has ended");
      },
      "",
      SLOW,
    ));
}
