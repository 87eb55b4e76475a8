/** Work for several hosts at the same time, in this process. */
import assert from "node:assert/strict";
import { forHosts } from "../../lib/cli/fleet.ts";
import { EXIT, type ExitCode } from "../../lib/cli/exit.ts";
import { Session } from "../../lib/cli/session.ts";
import type { Host } from "../../lib/config/types.ts";
import { Damage, Failure } from "../../lib/model/failure.ts";
import { jsonLines } from "../support/nightdrop.ts";
import { type Written, writtenLater } from "../support/console.ts";
import { withDirectory } from "../support/directory.ts";
import { owner, writeKeys } from "../support/owner.ts";

const NAMES = Array.from({ length: 20 }, (_, at) => `web${String(at).padStart(2, "0")}.example.org`);

interface Fleet {
  readonly written: Written;
  readonly code: ExitCode | unknown;
}

/** Runs `work` for twenty hosts. */
async function runFleet(
  work: (host: Host, session: Session) => Promise<ExitCode>,
  options: { json?: boolean; signal?: AbortSignal; atOnce?: number } = {},
): Promise<Fleet> {
  return await withDirectory(async (at) => {
    writeKeys(`${at}/keys`);
    const hosts = Object.fromEntries(NAMES.map((name) => [name, { paths: ["/etc"] }]));
    const config = {
      recipients: [{ file: "keys/backups.asc", fingerprint: owner.fingerprint }],
      store: { kind: "directory", path: "store" },
      retention: { days: 30 },
      hosts,
    };
    Deno.writeTextFileSync(`${at}/backup.config.ts`, `export default ${JSON.stringify(config)};`);
    const { json = false, signal = new AbortController().signal, atOnce } = options;
    const session = new Session({ config: `${at}/backup.config.ts`, color: false, json }, signal);
    let code: unknown;
    const written = await writtenLater(async () => {
      const done = forHosts(session, undefined, work, atOnce === undefined ? undefined : () => atOnce);
      code = await done.then((it) => it.code, (error) => error);
    });
    return { written, code };
  });
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

Deno.test("several hosts run at the same time, and their output is together and in the order of the config", async () => {
  let [running, most] = [0, 0];
  const { written, code } = await runFleet(async ({ name }, { output }) => {
    most = Math.max(most, ++running);
    for (let line = 0; line < 3; line++) {
      output.data(`${name} ${line}`, {});
      output.warn(`${name} ${line}`);
      await pause(Math.random() * 10);
    }
    running -= 1;
    return EXIT.DONE;
  });
  assert.equal(code, EXIT.DONE);
  assert.equal(most, 8);
  const lines = NAMES.flatMap((name) =>
    [0, 1, 2].flatMap((at) => [`${name} ${at}`, `warning: ${name} ${at}`])
  );
  assert.equal(written.all, [...lines, "20 hosts: 20 good", ""].join("\n"));
});

Deno.test("the first host that has not ended writes at once", async () => {
  const first = Promise.withResolvers<void>();
  const { written } = await runFleet(async ({ name }, { output }) => {
    if (name !== NAMES[0]) return EXIT.DONE;
    output.data("begun", {});
    first.resolve();
    await pause(5);
    output.data("ended", {});
    return EXIT.DONE;
  });
  assert.match(written.stdout, /^begun\nended\n$/);
  await first.promise;
});

Deno.test("a host that fails does not keep the others from their work, and the worst code counts", async () => {
  const { written, code } = await runFleet(async ({ name }, { output }) => {
    await pause(Math.random() * 5);
    if (name === NAMES[3]) throw new Failure("Cannot read the store", { hint: "Mount it" });
    if (name === NAMES[4]) throw new Damage("It is damaged");
    if (name === NAMES[5]) throw new TypeError("a bug");
    output.data(`${name} good`, {});
    return EXIT.DONE;
  });
  assert.equal(code, EXIT.DAMAGE);
  assert.equal(written.stdout.split("\n").length - 1, 17);
  assert.match(
    written.stderr,
    /^error: web03.*store\nhint: Mount it\nerror: web04.*\nerror: web05[^]*20 hosts: 17 good, 1 damaged/,
  );
});

Deno.test("with --json the objects of a host are together, errors included, and the last one sums up", async () => {
  const { written } = await runFleet(async ({ name }, { output }) => {
    await pause(Math.random() * 5);
    output.data("", { event: "a", host: name });
    await pause(Math.random() * 5);
    if (name === NAMES[7]) throw new Failure("no");
    output.data("", { event: "b", host: name });
    return EXIT.DONE;
  }, { json: true });
  const events = jsonLines(written.stdout);
  const expected = NAMES.flatMap((name, at) => [["a", name], [at === 7 ? "failed" : "b", name]]);
  assert.deepEqual(events.map(({ event, host }) => [event, host]), [...expected, ["hosts", undefined]]);
  assert.equal(written.stderr, "");
});

Deno.test("while much output waits for one host, no other one begins", async () => {
  const begun = new Set<string>();
  let atLeast = 0;
  await runFleet(async ({ name }, { output }) => {
    begun.add(name);
    if (name === NAMES[0]) {
      await pause(200);
      atLeast = begun.size;
    } else output.data("x".repeat(3_000_000), {});
    return EXIT.DONE;
  });
  assert.ok(atLeast >= 4 && atLeast <= 12, `${atLeast} hosts`);
  assert.equal(begun.size, NAMES.length);
});

Deno.test("an interruption ends the work for all hosts and begins none", async () => {
  const controller = new AbortController();
  const begun: string[] = [];
  const { code } = await runFleet(async ({ name }, { run: { signal } }) => {
    begun.push(name);
    if (begun.length === 8) setTimeout(() => controller.abort(new Error("stop")), 5);
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    return EXIT.DONE;
  }, { signal: controller.signal });
  assert.match(String(code), /stop/);
  assert.equal(begun.length, 8);
});

Deno.test("one host at a time runs them one after the other", async () => {
  let [running, most] = [0, 0];
  await runFleet(async () => {
    most = Math.max(most, ++running);
    await pause(1);
    running -= 1;
    return EXIT.DONE;
  }, { atOnce: 1 });
  assert.equal(most, 1);
});
