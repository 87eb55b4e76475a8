import assert from "node:assert/strict";
import { Failure } from "../../lib/model/failure.ts";
import { type Program, RunningProgram, runProgram } from "../../lib/process/program.ts";
import { INHERITED } from "../../lib/process/environment.ts";
import { findUser } from "../../lib/process/user.ts";
import { ends, isAlive } from "../support/processes.ts";

function shell(script: string, environment: Record<string, string> = {}): Program {
  return { command: ["sh", "-c", script], environment };
}

/** Runs a script; gives the lines it said, and what came of it. */
async function reported(
  program: Program,
  how: { signal?: AbortSignal; timeLimit?: number } = {},
): Promise<{ lines: string[]; error: Failure | undefined }> {
  const lines: string[] = [];
  try {
    await runProgram(program, { ...how, line: (text) => lines.push(text) });
    return { lines, error: undefined };
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    return { lines, error };
  }
}

Deno.test("a program gets its environment and no input, and every line of its output is reported", async () => {
  const { lines, error } = await reported(
    shell('echo "$A:${PATH:+path}"; cat; pwd >&2; printf "no newline"', { A: "b c" }),
  );
  assert.equal(error, undefined);
  assert.deepEqual(lines.sort(), ["/", "b c:path", "no newline"]);
});

Deno.test("arguments are passed unchanged, without a shell", async () => {
  const { lines } = await reported({ command: ["printf", "%s\n", "$HOME; `id`", "*"], environment: {} });
  assert.deepEqual(lines, ["$HOME; `id`", "*"]);
});

Deno.test("a program with an exit code other than 0 fails, and the hint has its last lines", async () => {
  const { error } = await reported(shell("for i in 1 2 3 4 5; do echo word $i >&2; done; exit 7"));
  assert.equal(error!.message, '"sh" ended with exit code 7');
  assert.equal(error!.hint, "Its last lines: word 3 | word 4 | word 5");
});

Deno.test("control characters in a program's output are escaped in the hint", async () => {
  const { error } = await reported(shell(String.raw`printf '\033[2J\n'; exit 1`));
  assert.equal(error!.hint, "Its last lines: \\x1b[2J");
});

Deno.test("a program that exceeds its time limit gets SIGTERM first", async () => {
  const { lines, error } = await reported(
    shell("trap 'echo bye; exit 0' TERM; while :; do sleep 0.01; done"),
    { timeLimit: 1500 }, // the trap is set long before
  );
  // The shell reports the end of what it waits for, which is told to end as well.
  assert.deepEqual(lines.filter((line) => line !== "Terminated"), ["bye"]);
  assert.match(error!.message, /took longer than 1\.5 s/, "who ends well when told to has not done his work");
  const { error: hard } = await reported({ command: ["sleep", "60"], environment: {} }, { timeLimit: 50 });
  assert.equal(hard!.message, '"sleep" took longer than 0.05 s and was ended');
});

Deno.test("an abort ends the program and throws the signal's reason", async () => {
  const controller = new AbortController();
  const why = new Failure("Interrupted");
  const line = (): void => controller.abort(why);
  await assert.rejects(
    runProgram(shell("echo started; exec sleep 60"), { signal: controller.signal, line }),
    (error) => error === why,
  );
  const { error } = await reported(shell("exec sleep 60"), { signal: AbortSignal.abort(why) });
  assert.equal(error, why);
});

Deno.test("a program that leaves a child behind is not waited for after it ended", async () => {
  const { lines, error } = await reported(shell("sleep 60 & echo $!; exit 0"));
  assert.deepEqual([lines.length, error], [1, undefined]);
  assert.ok(await isAlive(Number(lines[0])), "which is its right");
  Deno.kill(Number(lines[0]), "SIGKILL");
});

Deno.test("a line without an end is cut and does not fill the memory", async () => {
  const { lines } = await reported(shell("head -c 3000000 /dev/zero | tr '\\0' x; echo; echo end"));
  assert.deepEqual(lines.map(({ length }) => length), [2000, 3]);
});

Deno.test("a missing program is named with a hint", async () => {
  const { error } = await reported({ command: ["no-such-program"], environment: {} });
  assert.match(error!.message, /^Cannot run "no-such-program": the program does not exist$/);
  assert.match(error!.hint!, /full path/);
});

Deno.test("the output of a program can be read as bytes, separately from its errors", async () => {
  const lines: string[] = [];
  const running = new RunningProgram(shell(String.raw`printf 'a\0b'; echo talk >&2`), {
    line: (text) => lines.push(text),
  });
  const bytes = new Uint8Array(await new Response(running.output).arrayBuffer());
  await running.succeeded();
  assert.deepEqual([[...bytes], lines], [[97, 0, 98], ["talk"]]);
});

Deno.test({
  name: "a program of another user gets that user's home and none of root's groups",
  ignore: Deno.uid() !== 0,
  fn: async () => {
    const user = findUser("nobody", Deno.readTextFileSync("/etc/passwd"));
    const { lines } = await reported({ ...shell('id -u; id -G; echo "$HOME $USER $LOGNAME"'), user });
    assert.deepEqual(lines, ["65534", "65534", "/nonexistent nobody nobody"]);
  },
});

Deno.test("findUser finds a user in the text of /etc/passwd, and refuses a missing one", () => {
  const passwd =
    "root:x:0:0:root:/root:/bin/bash\n+nis\npg:x:110:111:Pg,,,:/var/lib/pg:/bin/sh\nbad:x:a:b:::\n";
  assert.deepEqual(findUser("pg", passwd), { name: "pg", uid: 110, gid: 111, home: "/var/lib/pg" });
  for (const name of ["p", "", "bad", "110"]) assert.throws(() => findUser(name, passwd), Failure);
});

Deno.test("a program that exceeds its time limit is ended with its children, by SIGTERM and then SIGKILL", async () => {
  const { lines, error } = await reported(
    shell("sh -c 'trap \"\" TERM; echo $$; sleep 60; sleep 60' & sh -c 'echo $$; exec sleep 60' & wait"),
    { timeLimit: 1500 },
  );
  assert.match(error!.message, /took longer than 1\.5 s and was ended/);
  const started = lines.map(Number).filter((pid) => pid > 0);
  assert.equal(started.length, 2, lines.join());
  for (const pid of started) assert.ok(await ends(pid), String(pid));
});

Deno.test("a program gets the standard variables, those of the config, and nothing else", async () => {
  const secrets = [
    "AWS_SECRET_ACCESS_KEY",
    "NIGHTDROP_PASSPHRASE",
    "HTTPS_PROXY",
    "SUDO_UID",
    "DENO_DIR",
    "SSH_AUTH_SOCK",
    "X",
  ];
  const before = new Map(secrets.map((name) => [name, Deno.env.get(name)]));
  try {
    for (const name of secrets) Deno.env.set(name, "secret");
    Deno.env.set("LC_TIME", "C");
    const { lines } = await reported({
      command: ["env"],
      environment: { PGPASSFILE: "/etc/pgpass", EMPTY: "" },
    });
    const names = lines.map((line) => line.split("=", 1)[0]!);
    const allowed = [...INHERITED, "PGPASSFILE", "EMPTY"] as string[];
    assert.deepEqual(names.filter((name) => !allowed.includes(name)), []);
    for (const name of ["PATH", "LC_TIME", "PGPASSFILE", "EMPTY"]) assert.ok(names.includes(name), name);
    assert.ok(!lines.join().includes("secret"));
  } finally {
    Deno.env.delete("LC_TIME");
    for (const [name, value] of before) {
      value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
    }
  }
});

Deno.test("a silent program is reported after a while", async () => {
  const waits: string[] = [];
  await runProgram(shell("sleep 0.5; echo word; sleep 0.5"), {
    line: () => {},
    waiting: (text) => waits.push(text),
    silence: 200,
  });
  assert.ok(waits.length >= 2, String(waits.length));
  assert.match(waits[0]!, /^"sh" has run for 0 min and written nothing for 0 min$/);
  await runProgram(shell("for i in 1 2 3 4 5 6; do sleep 0.25; echo $i; done"), {
    line: () => {},
    waiting: () => assert.fail("it says something"),
    silence: 1000,
  });
});
