/** Whole backups through bad weather: each ends with a snapshot that verifies, or with a clear failure and none. */
import assert from "node:assert/strict";
import { backup } from "../../lib/backup/backup.ts";
import type { Finding } from "../../lib/verify/findings.ts";
import { snapshotTime } from "../../lib/model/snapshot.ts";
import { StoreError } from "../../lib/store/contract.ts";
import { retryingReader, retryingWriter, type RetryOptions } from "../../lib/store/retry.ts";
import { s3Reader, s3Writer } from "../../lib/store/s3/writer.ts";
import type { S3Options } from "../../lib/store/s3/options.ts";
import { verify } from "../../lib/verify/verify.ts";
import { directory, file, type Node } from "../source/tree.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import { FAULTS, seeded, type Weather, withFaultProxy } from "../support/fault_proxy.ts";
import { newBucket, rgwTest, type TestBucket } from "../support/rgw.ts";
import { noise } from "../support/sample_tree.ts";
import { content, rejects } from "./checks.ts";
import { withReader, withWriter } from "./closed_clients.ts";

const SOAK = Deno.env.get("NIGHTDROP_SOAK") !== undefined;
const RUNS = SOAK ? 200 : 20;
const AT_ONCE = 4;
const RATE = 0.2;

/** Milliseconds without a word until a call is given up. */
const IDLE = 150;

/** How a run may end. The last: the answer to the receipt itself got lost each time, and nobody could know. */
type Ending = "stored" | "failed, and nothing stored" | "failed, though the receipt had arrived";

/** A few volumes, one of them in parts. */
const TREE: Node = directory({
  "a.txt": file("hello\n"),
  "big.bin": file(noise(25_000)),
  "noisy.bin": file(noise(5_000, 7)),
  sub: directory({ "b.txt": file("deep\n") }),
});

/** Waits that are over at once; every other run is so impatient that some fail. */
function patience(run: number): RetryOptions {
  return { attempts: run % 2 === 0 ? 10 : 2, sleep: () => Promise.resolve() };
}

rgwTest(`${RUNS} backups with a fault in every fifth request give correct results`, async (rgw, t) => {
  // In the latter Ceph's gateway takes a put that was done already once more.
  const buckets = [await newBucket(rgw), await newBucket(rgw, "lock")];
  const endings = new Map<Ending, number>();
  const faults = new Map<string, number>();
  const runs = Array.from({ length: RUNS }, (_, run) => run);
  const worker = async (): Promise<void> => {
    for (let run = runs.shift(); run !== undefined; run = runs.shift()) {
      const weather = { rate: RATE, random: seeded(run), report: (fault: string) => count(faults, fault) };
      count(endings, await backupThrough(weather, buckets[run % 4 < 2 ? 0 : 1]!, run));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await report(t, endings);
  await report(t, faults);
  assert.ok((endings.get("stored") ?? 0) >= RUNS / 2, "patience pays");
  assert.ok((endings.get("failed, and nothing stored") ?? 0) > 0, "the weather is bad indeed");
});

/** One backup into a directory of its own in the bucket. */
function backupThrough(weather: Weather, bucket: TestBucket, run: number): Promise<Ending> {
  const place = (options: S3Options): S3Options => ({ ...options, prefix: `run-${run}` });
  return withScenario(TREE, async (scenario) => {
    const reported = await withFaultProxy(bucket.host.endpoint!, weather, (endpoint) => {
      return attempt(scenario, { ...place(bucket.host), endpoint, timeouts: { idle: IDLE } }, patience(run));
    });
    const snapshots = await findings(scenario, place(bucket.trusted));
    if (reported instanceof StoreError) {
      assert.match(reported.message, /^s3:\/\/bucket-[0-9a-f-]+\/run-\d+ at http:.*: [a-z]/);
      return snapshots === 0 ? "failed, and nothing stored" : "failed, though the receipt had arrived";
    }
    assert.equal(snapshots, 1);
    return "stored";
  }, { partSize: 10_000, compression: { kind: "none" } });
}

/** What the host believes: the id of its snapshot, or what it failed with. */
async function attempt(
  scenario: Scenario,
  options: S3Options,
  patience: RetryOptions,
): Promise<string | StoreError> {
  const writer = retryingWriter(s3Writer(options), patience);
  try {
    const { snapshot } = await backup(scenario.host, writer, scenario.run);
    assert.ok(snapshotTime(snapshot));
    return snapshot;
  } catch (error) {
    if (error instanceof StoreError) return error;
    throw error;
  } finally {
    writer.close();
  }
}

/** How many snapshots there are in truth, 0 or 1, read in fair weather. Whatever there is must be whole. */
async function findings(scenario: Scenario, options: S3Options): Promise<number> {
  const damages: Finding[] = [];
  const found = (finding: Finding): void => {
    assert.doesNotMatch(finding.what, /put over/, "what a retry has sent again is the same");
    if (finding.kind === "damage") damages.push(finding);
  };
  let snapshots = 0;
  await withReader(options, async (reader) => {
    const { identities, host, run } = scenario;
    ({ snapshots } = await verify(host, reader, { identities, jobs: 1 }, found, run));
  });
  const expected = snapshots === 1 ? /^$/ : /^There is no complete snapshot|^The receipt is missing/;
  for (const { what } of damages) assert.match(what, expected);
  return snapshots;
}

rgwTest("a verification with network faults gives the result without faults, or fails", async (rgw, t) => {
  const bucket = await newBucket(rgw);
  await withScenario(TREE, async (scenario) => {
    await withWriter(bucket.host, (writer) => backup(scenario.host, writer, scenario.run));
    let failed = 0;
    for (let run = 0; run < RUNS; run++) {
      const random = seeded(1000 + run);
      await withFaultProxy(bucket.host.endpoint!, { rate: RATE, random }, async (endpoint) => {
        const reader = retryingReader(
          s3Reader({ ...bucket.trusted, endpoint, timeouts: { idle: IDLE } }),
          patience(run),
        );
        try {
          const found: Finding[] = [];
          const { identities } = scenario;
          await verify(scenario.host, reader, { identities }, (finding) => found.push(finding), scenario.run);
          assert.deepEqual(found, []);
        } catch (error) {
          if (!(error instanceof StoreError)) throw error;
          failed += 1;
        } finally {
          reader.close();
        }
      });
    }
    await report(t, new Map([["right", RUNS - failed], ["failed", failed]]));
    assert.ok(failed < RUNS / 2);
  }, { partSize: 10_000, compression: { kind: "none" } });
});

for (const fault of FAULTS) {
  rgwTest(
    `a put whose first request meets "${fault}" is stored, or fails with a temporary error`,
    async (rgw) => {
      const bucket = await newBucket(rgw);
      const bytes = content(3000);
      await withFaultProxy(
        rgw.endpoint,
        { rate: 1, random: seeded(1), faults: [fault] },
        async (endpoint) => {
          await withWriter({ ...bucket.host, endpoint, timeouts: { idle: IDLE } }, async (writer) => {
            const error = await writer.put("a", bytes).then(() => undefined, (thrown) => thrown);
            assert.ok(error === undefined || (error instanceof StoreError && error.passing), `${error}`);
            if (error !== undefined) return;
            await withReader(bucket.trusted, async (reader) => {
              assert.deepEqual(await reader.get("a", { maxBytes: 3000 }), bytes);
            });
          });
        },
      );
    },
  );
}

rgwTest(
  "no layer below re-sends a put: a lost answer does not look like another writer's object",
  async (rgw) => {
    const { host } = await newBucket(rgw);
    const luck = [1, 0, 0]; // the first request goes well, the second does not
    const reported: string[] = [];
    const weather: Weather = {
      rate: 0.5,
      random: () => luck.shift() ?? 1,
      faults: ["done, and the answer lost"],
      report: (fault) => reported.push(fault),
    };
    await withFaultProxy(rgw.endpoint, weather, async (endpoint) => {
      await withWriter({ ...host, endpoint, timeouts: { idle: 10_000 } }, async (writer) => {
        await writer.put("a", content(10));
        await rejects(writer.put("b", content(10)), "unreachable");
        await rejects(writer.put("b", content(10)), "exists");
      });
    });
    assert.equal(reported.length, 1);
  },
);

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Tells whoever runs the soak. What a test prints is lost; the names of its steps are not. */
async function report(t: Deno.TestContext, counts: ReadonlyMap<string, number>): Promise<void> {
  if (!SOAK) return;
  const rows = [...counts].sort(([, a], [, b]) => b - a);
  for (const [what, times] of rows) await t.step(`${times} ${what}`, () => {});
}
