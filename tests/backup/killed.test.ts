/**
 * `kill -9` at random moments of a backup: nothing is lost, nothing looks whole that is not, and the next run carries on.
 * `deno task soak` kills two hundred.
 */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { loadConfig } from "../../lib/config/load.ts";
import { openIdentities } from "../../lib/app/keys.ts";
import type { Run } from "../../lib/app/events.ts";
import { restore } from "../../lib/restore/restore.ts";
import { findSnapshot } from "../../lib/snapshots/find.ts";
import { directoryReader } from "../../lib/store/directory/directory.ts";
import { random } from "../../scripts/simulate/dice.ts";
import { verify } from "../../lib/verify/verify.ts";
import { assertSameTree, writeTree } from "../source/tree.ts";
import { Mischief } from "../support/life.ts";
import { nightdrop, startNightdrop } from "../support/nightdrop.ts";
import { sampleTree } from "../support/sample_tree.ts";
import { HOST, withSetup } from "../support/setup.ts";

const KILLS = Deno.env.has("NIGHTDROP_SOAK") ? 200 : 6;

const RUN: Run = { report: () => {}, signal: new AbortController().signal, now: () => new Date() };

Deno.test(`a backup that is killed at ${KILLS} moments loses nothing and leaves no incomplete snapshot`, () =>
  withSetup(
    async (at, source) => {
      Deno.removeSync(source, { recursive: true });
      writeTree(source, sampleTree());
      const mischief = new Mischief(source, 9);
      const pick = random(4);
      const whole = performance.now();
      assert.equal((await nightdrop(["backup", "--host", HOST], { cwd: at })).code, 0);
      const length = performance.now() - whole;
      let stored = 1;
      for (let kill = 0; kill < KILLS; kill += 1) {
        mischief.do(5);
        if (await killedAfter(at, pick() * length * 1.1)) stored += 1;
        if (kill % 20 === 5) assert.ok(await snapshots(at) >= stored);
      }
      mischief.do(5);
      assert.equal((await nightdrop(["backup", "--host", HOST], { cwd: at })).code, 0);
      assert.ok(await snapshots(at) > stored);
      await assertLatest(at, source);
    },
    "",
    'partSize: "64 KiB",',
  ));

/** Whether a backup came to its end before it was killed. */
async function killedAfter(at: string, milliseconds: number): Promise<boolean> {
  const child = startNightdrop(["backup", "--host", HOST], at);
  await Promise.race([child.status, delay(milliseconds)]);
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // it has ended by itself
  }
  const { code } = await child.output();
  return code === 0;
}

/** How many snapshots there are. Each is complete; everything else is reported as an interrupted run. */
async function snapshots(at: string): Promise<number> {
  const { host, identities } = await owner(at);
  const damages: string[] = [];
  const { snapshots } = await verify(
    host,
    directoryReader(`${at}/store`),
    { identities },
    ({ kind, what }) => {
      // Killed in just that moment, the newest cannot be told from one whose receipt was taken away.
      if (kind === "damage" && !/receipt is missing, though the index is there/.test(what)) {
        damages.push(
          what,
        );
      }
    },
    RUN,
  );
  assert.deepEqual(damages, []);
  return snapshots;
}

async function assertLatest(at: string, source: string): Promise<void> {
  const { host, identities } = await owner(at);
  const reader = directoryReader(`${at}/store`);
  const snapshot = await findSnapshot(reader, host, "latest", { signal: RUN.signal, damaged: () => {} });
  const options = { globs: [], target: `${at}/back`, overwrite: false, jobs: 1 };
  assert.equal((await restore(snapshot, reader, identities, options, RUN)).lost, 0);
  assertSameTree(`${at}/back${source}`, source);
}

async function owner(at: string): Promise<{
  host: Parameters<typeof verify>[0];
  identities: Awaited<ReturnType<typeof openIdentities>>;
}> {
  const config = await loadConfig(`${at}/backup.config.ts`, { stateDirectory: `${at}/none` });
  const file = `${at}/keys/backups.private.asc`;
  return {
    host: config.get(HOST)!,
    identities: await openIdentities([file], () => Promise.resolve(undefined)),
  };
}
