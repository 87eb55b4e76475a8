import assert from "node:assert/strict";
import { openState } from "../../lib/catalog/state.ts";
import { Failure, Locked, Misuse } from "../../lib/model/failure.ts";
import { withDirectory } from "../support/directory.ts";
import { isAlive } from "../support/processes.ts";

const NOW = new Date("2026-11-23T05:00:00Z");

Deno.test("a new host has no signing key and its directory is its own", () =>
  withDirectory((directory) => {
    using state = openState(`${directory}/a/b`, NOW);
    assert.equal(state.signer(), undefined);
    assert.equal(Deno.statSync(`${directory}/a/b`).mode! & 0o777, 0o700);
  }));

Deno.test("a signing key is kept for this user alone, and one that others can read is refused", () =>
  withDirectory((directory) => {
    using state = openState(directory, NOW);
    state.keepSigner("-----BEGIN PGP PRIVATE KEY BLOCK-----\n");
    assert.equal(state.signer(), "-----BEGIN PGP PRIVATE KEY BLOCK-----\n");
    assert.equal(Deno.statSync(`${directory}/signer.asc`).mode! & 0o777, 0o600);
    Deno.chmodSync(`${directory}/signer.asc`, 0o640);
    assert.throws(() => state.signer(), Misuse);
  }));

Deno.test("a second run reports who holds the lock and since when, and the lock ends with its holder", () =>
  withDirectory((directory) => {
    {
      using _first = openState(directory, NOW);
      const later = new Date(NOW.getTime() + 185 * 60_000);
      assert.throws(
        () => openState(directory, later),
        (error) =>
          error instanceof Locked &&
          error.message ===
            `Another run holds the lock: process ${Deno.pid}, since ${NOW.toISOString()}, 3 h 5 min ago` &&
          error.hint!.includes(`kill ${Deno.pid}`),
      );
    }
    openState(directory, NOW)[Symbol.dispose]();
  }));

Deno.test("the lock of a killed process is released, even if a child process continues", () =>
  withDirectory(async (directory) => {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-A", new URL("lock_main.ts", import.meta.url).pathname, directory],
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const sleeper = Number((await reader.read()).value);
    assert.throws(() => openState(directory, NOW), Locked);
    child.kill("SIGKILL");
    await child.status;
    try {
      openState(directory, NOW)[Symbol.dispose]();
      assert.ok(await isAlive(sleeper));
    } finally {
      Deno.kill(sleeper);
      await reader.cancel();
    }
  }));

Deno.test("a lock file that a crash left behind is no lock", () =>
  withDirectory((directory) => {
    // Whoever has the number now: here it is this very process.
    Deno.writeTextFileSync(`${directory}/lock`, `process ${Deno.pid}, since 2020-01-01T00:00:00.000Z\n`);
    openState(directory, NOW)[Symbol.dispose]();
  }));

Deno.test("text in a lock file cannot control a terminal", () =>
  withDirectory((directory) => {
    using lock = Deno.openSync(`${directory}/lock`, { write: true, create: true });
    lock.lockSync(true);
    lock.writeSync(new TextEncoder().encode("process 1\x1b[2J"));
    assert.throws(() => openState(directory, NOW), /process 1\\x1b\[2J/);
  }));

Deno.test("a lock that cannot be taken is a failure with a hint about the directory", () =>
  withDirectory((directory) => {
    Deno.mkdirSync(`${directory}/lock`);
    assert.throws(
      () => openState(directory, NOW),
      (error) => error instanceof Failure && !(error instanceof Locked) && /writable/.test(error.hint!),
    );
  }));

Deno.test("a state directory that cannot be made is named with a hint", () =>
  withDirectory((directory) => {
    Deno.writeTextFileSync(`${directory}/file`, "");
    assert.throws(
      () => openState(`${directory}/file/state`, NOW),
      (error) =>
        error instanceof Failure && error.message.includes("file/state") && /state/.test(error.hint!),
    );
  }));
