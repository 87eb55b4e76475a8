import assert from "assert";
import { openState } from "../../lib/catalog/state.ts";
import { Failure, Locked, Misuse } from "../../lib/model/failure.ts";
import { MAX_ATTEMPTED } from "../../lib/model/receipt.ts";
import { withFolder } from "../support/folder.ts";

const NOW = new Date("2026-11-23T05:00:00Z");

function link(number: number): { snapshot: string; commitment: string } {
  return { snapshot: "20261123T050000Z-0123456789abcdef", commitment: number.toString(16).padStart(64, "0") };
}

Deno.test("a new host begins a chain and its folder is its own", () =>
  withFolder((folder) => {
    using state = openState(`${folder}/a/b`, NOW);
    assert.deepEqual(state.chain, { last: null, attempted: [] });
    assert.equal(state.signer(), undefined);
    assert.equal(Deno.statSync(`${folder}/a/b`).mode! & 0o777, 0o700);
  }));

Deno.test("a receipt that was attempted is remembered until a later one is confirmed", () =>
  withFolder((folder) => {
    {
      using state = openState(folder, NOW);
      state.attempt(link(1));
      state.confirm(link(1));
    }
    {
      using state = openState(folder, NOW);
      assert.deepEqual(state.chain, { last: link(1), attempted: [] });
      state.attempt(link(2)); // and no answer comes
    }
    {
      using state = openState(folder, NOW);
      assert.deepEqual(state.chain, { last: link(1), attempted: [link(2)] });
      state.attempt(link(3));
      state.confirm(link(3));
    }
    using state = openState(folder, NOW);
    assert.deepEqual(state.chain, { last: link(3), attempted: [] });
  }));

Deno.test("attempts that are never answered do not grow without bound", () =>
  withFolder((folder) => {
    for (let run = 0; run < MAX_ATTEMPTED + 5; run++) {
      using state = openState(folder, NOW);
      state.attempt(link(run));
    }
    using state = openState(folder, NOW);
    assert.equal(state.chain.attempted.length, MAX_ATTEMPTED);
    assert.deepEqual(state.chain.attempted.at(-1), link(MAX_ATTEMPTED + 4));
  }));

Deno.test("a chain file that cannot be understood stops the run rather than beginning anew in silence", () =>
  withFolder((folder) => {
    for (
      const text of [
        "",
        "{",
        "null",
        '{"last":null}',
        '{"last":null,"attempted":[{"snapshot":"x","commitment":"y"}]}',
      ]
    ) {
      Deno.writeTextFileSync(`${folder}/chain.json`, text);
      assert.throws(
        () => openState(folder, NOW),
        (error) => error instanceof Failure && error.hint !== undefined,
        text,
      );
    }
    Deno.removeSync(`${folder}/chain.json`);
    openState(folder, NOW)[Symbol.dispose](); // the failures left no lock behind
  }));

Deno.test("the state names no object: only commitments and snapshot ids are in it", () =>
  withFolder((folder) => {
    using state = openState(folder, NOW);
    state.attempt(link(1));
    const text = Deno.readTextFileSync(`${folder}/chain.json`);
    assert.doesNotMatch(text, /receipt-|\.gpg|\.asc|sha256/);
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
      Deno.kill(sleeper, "SIGCONT"); // which would throw were it not there
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
