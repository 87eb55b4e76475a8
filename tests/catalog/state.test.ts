import assert from "assert";
import { openState } from "../../lib/catalog/state.ts";
import { Failure, Locked, Misuse } from "../../lib/model/failure.ts";
import { withFolder } from "../support/folder.ts";
import { isAlive } from "../support/processes.ts";

const NOW = new Date("2026-11-23T05:00:00Z");

Deno.test("a new host has no signing key and its folder is its own", () =>
  withFolder((folder) => {
    using state = openState(`${folder}/a/b`, NOW);
    assert.equal(state.signer(), undefined);
    assert.equal(Deno.statSync(`${folder}/a/b`).mode! & 0o777, 0o700);
  }));

Deno.test("a signing key is kept for this user alone, and one that others can read is refused", () =>
  withFolder((folder) => {
    using state = openState(folder, NOW);
    state.keepSigner("-----BEGIN PGP PRIVATE KEY BLOCK-----\n");
    assert.equal(state.signer(), "-----BEGIN PGP PRIVATE KEY BLOCK-----\n");
    assert.equal(Deno.statSync(`${folder}/signer.asc`).mode! & 0o777, 0o600);
    Deno.chmodSync(`${folder}/signer.asc`, 0o640);
    assert.throws(() => state.signer(), Misuse);
  }));

Deno.test("a second run is told who holds the lock and since when, and the lock goes with its holder", () =>
  withFolder((folder) => {
    {
      using _first = openState(folder, NOW);
      const later = new Date(NOW.getTime() + 185 * 60_000);
      assert.throws(
        () => openState(folder, later),
        (error) =>
          error instanceof Locked &&
          error.message ===
            `Another run holds the lock: process ${Deno.pid}, since ${NOW.toISOString()}, 3 h 5 min ago` &&
          error.hint!.includes(`kill ${Deno.pid}`),
      );
    }
    openState(folder, NOW)[Symbol.dispose]();
  }));

Deno.test("a lock goes with a process that is killed, though a child of it lives on", () =>
  withFolder(async (folder) => {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-A", new URL("lock_main.ts", import.meta.url).pathname, folder],
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const sleeper = Number((await reader.read()).value);
    assert.throws(() => openState(folder, NOW), Locked);
    child.kill("SIGKILL");
    await child.status;
    try {
      openState(folder, NOW)[Symbol.dispose]();
      assert.ok(await isAlive(sleeper));
    } finally {
      Deno.kill(sleeper);
      await reader.cancel();
    }
  }));

Deno.test("a lock file that a crash left behind is no lock", () =>
  withFolder((folder) => {
    // Whoever has the number now: here it is this very process.
    Deno.writeTextFileSync(`${folder}/lock`, `process ${Deno.pid}, since 2020-01-01T00:00:00.000Z\n`);
    openState(folder, NOW)[Symbol.dispose]();
  }));

Deno.test("what is written in a lock file cannot steer a terminal", () =>
  withFolder((folder) => {
    using lock = Deno.openSync(`${folder}/lock`, { write: true, create: true });
    lock.lockSync(true);
    lock.writeSync(new TextEncoder().encode("process 1\x1b[2J"));
    assert.throws(() => openState(folder, NOW), /process 1\\x1b\[2J/);
  }));

Deno.test("a lock that cannot be had is a failure that says what the folder needs", () =>
  withFolder((folder) => {
    Deno.mkdirSync(`${folder}/lock`);
    assert.throws(
      () => openState(folder, NOW),
      (error) => error instanceof Failure && !(error instanceof Locked) && /writable/.test(error.hint!),
    );
  }));

Deno.test("a state folder that cannot be made is named with a hint", () =>
  withFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/file`, "");
    assert.throws(
      () => openState(`${folder}/file/state`, NOW),
      (error) =>
        error instanceof Failure && error.message.includes("file/state") && /state/.test(error.hint!),
    );
  }));
