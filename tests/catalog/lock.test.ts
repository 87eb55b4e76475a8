/** The lock of a state directory: one run at a time, and whoever looks between runs. */
import assert from "node:assert/strict";
import { betweenRuns, takeLock } from "../../lib/catalog/lock.ts";
import { Failure, Locked } from "../../lib/model/failure.ts";
import { withDirectory } from "../support/directory.ts";

const NOW = new Date("2026-11-23T05:00:00Z");

function later(milliseconds: number): Date {
  return new Date(NOW.getTime() + milliseconds);
}

Deno.test("a lock file belongs to this user only and names its holder", () =>
  withDirectory((directory) => {
    using _ = takeLock(`${directory}/lock`, NOW);
    assert.equal(
      Deno.readTextFileSync(`${directory}/lock`),
      `process ${Deno.pid}, since ${NOW.toISOString()}\n`,
    );
    assert.equal(Deno.statSync(`${directory}/lock`).mode! & 0o777, 0o600);
  }));

Deno.test("a second run is refused with the process id and start of the first, until that one ends", () =>
  withDirectory((directory) => {
    const file = `${directory}/lock`;
    const ages: [milliseconds: number, text: string][] = [
      [-1, "0 min ago"],
      [0, "0 min ago"],
      [59_999, "0 min ago"],
      [59 * 60_000, "59 min ago"],
      [60 * 60_000, "1 h 0 min ago"],
      [25 * 3600_000 + 60_000, "25 h 1 min ago"],
    ];
    {
      using _ = takeLock(file, NOW);
      for (const [milliseconds, text] of ages) {
        assert.throws(
          () => takeLock(file, later(milliseconds)),
          (error) =>
            error instanceof Locked && error.message.includes(`process ${Deno.pid}, `) &&
            error.message.endsWith(`, ${text}`) && error.hint!.includes(`kill ${Deno.pid}`),
        );
      }
    }
    using _ = takeLock(file, later(1));
    assert.ok(Deno.readTextFileSync(file).includes(later(1).toISOString()), "the new holder is named");
  }));

Deno.test("a shorter text leaves nothing of a longer one", () =>
  withDirectory((directory) => {
    Deno.writeTextFileSync(`${directory}/lock`, "x".repeat(1000));
    takeLock(`${directory}/lock`, NOW)[Symbol.dispose]();
    assert.equal(Deno.readTextFileSync(`${directory}/lock`).split("\n").length, 2);
    assert.ok(!Deno.readTextFileSync(`${directory}/lock`).includes("x"));
  }));

Deno.test("a holder that has not written anything yet, or something else, is a holder all the same", () =>
  withDirectory((directory) => {
    const file = `${directory}/lock`;
    using handle = Deno.openSync(file, { write: true, create: true });
    handle.lockSync(true);
    assert.throws(() => takeLock(file, NOW), (it) => it instanceof Locked && /just begun/.test(it.message));
    handle.writeSync(new TextEncoder().encode("\x1b[2J".repeat(1000)));
    assert.throws(
      () => takeLock(file, NOW),
      // deno-lint-ignore no-control-regex -- that is what must not be there
      (it) => it instanceof Locked && it.message.length < 2000 && !/[\x00-\x1f]/.test(it.message),
    );
  }));

Deno.test("a look between two runs succeeds, and takes no lock from a run", () =>
  withDirectory((directory) => {
    const file = `${directory}/lock`;
    assert.equal(betweenRuns(file, NOW, () => "seen"), "seen");
    assert.throws(() => Deno.statSync(file), Deno.errors.NotFound, "nor is one made");
    takeLock(file, NOW)[Symbol.dispose]();
    const seen = betweenRuns(file, NOW, () => {
      using _ = betweenRuns(file, NOW, () => ({ [Symbol.dispose]: () => {} }));
      return "seen by two";
    });
    assert.equal(seen, "seen by two");
  }));

Deno.test("a look fails if a run holds the lock, has begun, or has taken place meanwhile", () =>
  withDirectory((directory) => {
    const file = `${directory}/lock`;
    {
      using _ = takeLock(file, NOW);
      assert.throws(() => betweenRuns(file, NOW, () => assert.fail("it looks")), Locked);
    }
    let held: Disposable | undefined;
    assert.throws(() => betweenRuns(file, NOW, () => held = takeLock(file, later(1))), Locked);
    held![Symbol.dispose]();
    assert.throws(() => betweenRuns(file, NOW, () => takeLock(file, later(2))[Symbol.dispose]()), Locked);
    Deno.removeSync(file);
    assert.throws(
      () => betweenRuns(file, NOW, () => takeLock(file, NOW)[Symbol.dispose]()),
      Locked,
      "also the first run of all",
    );
  }));

Deno.test("an error of the callback is passed on", () =>
  withDirectory((directory) => {
    const error = new TypeError("a bug");
    assert.throws(() =>
      betweenRuns(`${directory}/lock`, NOW, () => {
        throw error;
      }), (it) => it === error);
  }));

Deno.test("a lock that is not a file, or whose parent is not a directory, is reported with a hint", () =>
  withDirectory((directory) => {
    Deno.mkdirSync(`${directory}/directory`);
    Deno.symlinkSync("elsewhere", `${directory}/link`);
    for (const name of ["directory", "link"]) {
      for (
        const call of [takeLock, (file: string) => betweenRuns(file, NOW, () => assert.fail("it looks"))]
      ) {
        assert.throws(
          () => call(`${directory}/${name}`, NOW),
          (it) =>
            it instanceof Failure && !(it instanceof Locked) && it.message.includes(`${directory}/${name}`) &&
            it.hint!.includes(`rm -rf ${directory}/${name}`),
        );
      }
    }
    assert.throws(
      () => takeLock(`${directory}/missing/lock`, NOW),
      (it) => it instanceof Failure && it.message.startsWith("Cannot lock ") && it.hint !== undefined,
    );
    assert.throws(() => Deno.statSync(`${directory}/elsewhere`), Deno.errors.NotFound);
  }));
