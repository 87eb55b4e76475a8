import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { archivedBytes, plan } from "../../lib/backup/plan.ts";
import { files } from "../../lib/snapshots/files.ts";
import { Pauses, pausingAtGaps, withPauses } from "../../lib/workers/pause.ts";
import { directory, file, hardlink, type Node } from "../source/tree.ts";
import { withScenario } from "../support/scenario.ts";
import { longestTurn } from "../support/turns.ts";

/** Milliseconds of processor time after which an interrupt has to be heard. A loop without pauses takes more. */
const LONG_MS = 150;

const never = new AbortController().signal;

function* busy(count: number): Generator<number> {
  for (let number = 0; number < count; number += 1) {
    const end = performance.now() + 1;
    while (performance.now() < end);
    yield number;
  }
}

Deno.test("a loop that waits for nothing pauses every 50 ms, and ends with its signal", async () => {
  let turns = 0;
  const timer = setInterval(() => turns += 1, 1);
  assert.equal((await Array.fromAsync(withPauses(busy(300), never))).length, 300);
  clearInterval(timer);
  assert.ok(turns >= 2, `${turns}`);

  const stop = new AbortController();
  setImmediate(() => stop.abort(new Error("enough")));
  const pauses = new Pauses(stop.signal);
  const loop = async (): Promise<void> => {
    for (const _ of busy(10_000)) if (pauses.due) await pauses.take();
  };
  await assert.rejects(loop(), /enough/);
});

Deno.test("a gap in a sequence is a pause, and is left out", async () => {
  assert.deepEqual(await Array.fromAsync(pausingAtGaps([1, undefined, 2, undefined], never)), [1, 2]);
  const stop = new AbortController();
  setImmediate(() => stop.abort(new Error("enough")));
  const endless = (function* (): Generator<number | undefined> {
    for (;;) yield undefined;
  })();
  await assert.rejects(Array.fromAsync(pausingAtGaps(endless, stop.signal)), /enough/);
});

/** Two volumes of three thousand files. */
function manyFiles(): Node {
  const names = Array.from({ length: 3000 }, (_, at) => `f${at}`);
  const one = (): Node => directory(Object.fromEntries(names.map((name) => [name, file("x")])));
  return directory({ a: one(), b: one() });
}

/** A tree whose names a selection leaves out or does not store. */
function nothingToStore(): Node {
  const names = Array.from({ length: 10_000 }, (_, at) => `${at}`);
  const dropped = Object.fromEntries(names.map((name) => [`${name}.tmp`, file("")]));
  const empty = Object.fromEntries(names.slice(0, 3000).map((name) => [name, directory({})]));
  const links = names.slice(0, 2000).map((name) => [name, hardlink("linked/.first")]);
  const linked = directory({ ".first": file("x"), ...Object.fromEntries(links) });
  return directory({ dropped: directory(dropped), empty: directory(empty), linked });
}

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

Deno.test("no reader keeps its thread to itself for long, however many small files there are", () =>
  withScenario(manyFiles(), async (scenario) => {
    await scenario.backup();
    const snapshot = await scenario.snapshot();
    const shown = (...globs: string[]): Promise<void> =>
      drain(files(snapshot, globs, scenario.store.reader, scenario.identities, scenario.run));
    const works: Record<string, () => Promise<unknown>> = {
      "a dry run": () => plan(scenario.host, scenario.run),
      "a restore": () => scenario.restore(),
      "files": () => shown(),
      "files of some globs": () => shown("f[1]"),
    };
    for (const [what, work] of Object.entries(works)) {
      const milliseconds = await longestTurn(work);
      assert.ok(milliseconds < LONG_MS, `${what}: ${milliseconds} ms`);
    }
  }, { attributes: false }));

Deno.test("no backup keeps its thread to itself for long, however many names it leaves out or finds unchanged", () =>
  withScenario(nothingToStore(), async (scenario) => {
    const patterns = Array.from({ length: 100 }, (_, at) => `*a*b${at}`);
    const selection = { ...scenario.host.selection, exclude: [...patterns, "*.tmp"] };
    const host = { ...scenario.host, selection };
    const rebuilt = scenario.withHost({ selection });
    const works: Record<string, () => Promise<unknown>> = {
      "a dry run": () => plan(host, scenario.run),
      "the size of the archives": () => archivedBytes(host, never),
      "a first backup": () => rebuilt.backup(),
      "a second backup": () => rebuilt.backup(),
      "a dry run after them": () => plan(host, scenario.run),
      "a backup of few that are left": () => rebuilt.backup(),
    };
    for (const [what, work] of Object.entries(works)) {
      if (what.includes("few")) Deno.removeSync(`${scenario.source}/empty`, { recursive: true });
      const milliseconds = await longestTurn(work);
      assert.ok(milliseconds < LONG_MS, `${what}: ${milliseconds} ms`);
    }
  }, { attributes: false }));
