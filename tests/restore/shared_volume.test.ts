/** Volumes of many parts, which two threads read together if there are two. */
import assert from "node:assert/strict";
import { Interrupted } from "../../lib/model/failure.ts";
import { restore } from "../../lib/restore/restore.ts";
import { OPEN_VOLUME } from "../../lib/snapshots/open_volume.ts";
import { Tree } from "../../lib/snapshots/tree.ts";
import { VolumeReader } from "../../lib/snapshots/volume_reader.ts";
import { type GetOptions, StoreError, type StoreReader } from "../../lib/store/contract.ts";
import { assertSameTree, assertTree, directory, file } from "../source/tree.ts";
import { readingWorkers } from "../../lib/workers/pool.ts";
import { makeScenario, restoredSource, type Scenario, withScenario } from "../support/scenario.ts";
import { noise } from "../support/sample_tree.ts";

const MIB = 1024 * 1024;

/** Text that compresses well, of so many bytes. */
function text(bytes: number): Uint8Array {
  return new TextEncoder().encode("All work and no play. ".repeat(bytes / 22 + 1)).subarray(0, bytes);
}

/** Files in volumes of three parts, of four, and of many; with frames that end where the content does, before and after. */
const LARGE = directory({
  three: file(noise(3 * 63_000, 1)),
  four: file(noise(4 * 63_000, 2)),
  exact: file(noise(2 * MIB - 512, 3)),
  less: file(noise(2 * MIB - 513, 4)),
  more: file(noise(2 * MIB + 1, 5)),
  mixed: file(new Uint8Array([...noise(MIB, 6), ...text(3 * MIB), ...noise(MIB / 2, 7)])),
  small: file("small"),
});

for (const compression of [{ kind: "zstd", level: 3 }, { kind: "gzip" }, { kind: "none" }] as const) {
  for (const jobs of [1, 2, 3]) {
    Deno.test(`large files are restored and verified as they were: ${compression.kind}, ${jobs} at a time`, () =>
      withScenario(LARGE, async (scenario) => {
        await scenario.backup();
        await scenario.restore({ jobs });
        assertSameTree(restoredSource(scenario), scenario.source);
        const { findings } = await scenario.verify({ jobs, identities: scenario.identities });
        assert.deepEqual(findings, []);
      }, { compression }));
  }
}

/** Two large files, the first of which is in volume 2. */
const TWO = directory({ big: file(noise(600_000, 1)), other: file(noise(600_000, 2)), small: file("small") });

function namesIn(directory: string): string[] {
  return Deno.readDirSync(directory).map(({ name }) => name).toArray().sort();
}

for (const part of [0, 1, 5, 9]) {
  Deno.test(`damage of part ${part} loses the file of its volume, and nothing else`, () =>
    withScenario(TWO, async (scenario) => {
      await scenario.backup();
      const victim = [...scenario.store.objects.keys()].find((key) => key.includes(`/000002.00000${part}-`))!;
      scenario.store.objects.get(victim)!.bytes[1000]! ^= 1;
      const { lost } = await scenario.restore({ jobs: 2 });
      assert.equal(lost, 1);
      assertTree(
        restoredSource(scenario),
        directory({ other: file(noise(600_000, 2)), small: file("small") }),
      );
      assert.equal(namesIn(`${scenario.directory}/back`).length, 1, "nothing else is left in the target");
    }));
}

/** The scenario with a store that calls `fail` before it returns the sixth part of the second volume. */
async function failing(scenario: Scenario, fail: () => void): Promise<Scenario> {
  const reader = {
    ...scenario.store.reader,
    async get(name: string, options: GetOptions): Promise<Uint8Array<ArrayBuffer>> {
      if (name.includes("/000002.000005-")) fail();
      return await scenario.store.reader.get(name, options);
    },
  };
  return await makeScenario(scenario.directory, scenario.host, { ...scenario.store, reader });
}

for (const jobs of [2, 3]) {
  Deno.test(`a store that fails in the middle ends the restore, which can be repeated: ${jobs} at a time`, () =>
    withScenario(TWO, async (scenario) => {
      await scenario.backup();
      const stopped = await failing(scenario, () => {
        throw new StoreError("unreachable", "the cable is cut");
      });
      await assert.rejects(stopped.restore({ jobs }), /the cable is cut/);
      await scenario.restore({ jobs });
      assertSameTree(restoredSource(scenario), scenario.source);
      assert.equal(namesIn(`${scenario.directory}/back`).length, 1, "nothing else is left in the target");
    }));

  Deno.test(`an object that cannot be read in the middle loses its file alone: ${jobs} at a time`, () =>
    withScenario(TWO, async (scenario) => {
      await scenario.backup();
      const { lost } = await (await failing(scenario, () => {
        throw new StoreError("failed", "this object is broken", { scope: "object" });
      })).restore({ jobs });
      assert.equal(lost, 1);
      assertTree(
        restoredSource(scenario),
        directory({ other: file(noise(600_000, 2)), small: file("small") }),
      );
    }));
}

/** Store that interrupts a run before it returns the sixth part of the second volume, and then only waits for the run to end. */
interface Interrupting {
  readonly reader: StoreReader;
  readonly signal: AbortSignal;
  /** Names of the objects that were requested after the interrupt. */
  readonly late: string[];
}

function interrupting({ store }: Scenario): Interrupting {
  const stop = new AbortController();
  const { signal } = stop;
  const late: string[] = [];
  const get = async (name: string, options: GetOptions): Promise<Uint8Array<ArrayBuffer>> => {
    if (signal.aborted) late.push(name);
    if (!name.includes("/000002.000005-")) return await store.reader.get(name, options);
    const ended = Promise.withResolvers<never>();
    options.signal!.addEventListener("abort", () => ended.reject(options.signal!.reason));
    stop.abort(new Interrupted());
    return await ended.promise;
  };
  return { reader: { ...store.reader, get }, signal, late };
}

for (const jobs of [1, 2, 3]) {
  Deno.test(`an interrupt in the middle of a large file leaves nothing of it in the target: ${jobs} at a time`, () =>
    withScenario(directory({ big: file(noise(600_000, 1)) }), async (scenario) => {
      await scenario.backup();
      const { reader, signal, late } = interrupting(scenario);
      const options = { globs: ["big"], target: `${scenario.directory}/back`, overwrite: false, jobs };
      const run = { ...scenario.run, signal };
      await assert.rejects(
        restore(await scenario.snapshot(), reader, scenario.identities, options, run),
        Interrupted,
      );
      assert.deepEqual(late, []);
      assert.throws(() => Deno.statSync(options.target), Deno.errors.NotFound);
      await scenario.restore({ jobs });
      assertSameTree(restoredSource(scenario), scenario.source);
    }));
}

/** Twelve pieces of a volume: more than can wait for the thread that writes them. */
const LONG = directory({ big: file(noise(24 * MIB, 1)) });

Deno.test("both threads of a volume are idle after an interrupt that its store does not notice", () =>
  withScenario(LONG, async (scenario) => {
    await scenario.backup();
    using pool = readingWorkers(2);
    const { store: { reader }, identities, run } = scenario;
    const deaf: StoreReader = {
      ...reader,
      get: (name, options) => reader.get(name, { ...options, signal: run.signal }),
    };
    const stop = new AbortController();
    const volumes = new VolumeReader(deaf, identities, pool, stop.signal);
    const snapshot = await scenario.snapshot();
    const tree = await Tree.open(snapshot, reader, identities, run.signal);
    await assert.rejects(async () => {
      for await (const volume of tree.scan(() => {}).volumes()) {
        await volumes.read(snapshot, volume, undefined, () => stop.abort(new Interrupted()));
      }
    }, Interrupted);
    const nothing = { plain: 0, parts: 0, compression: "none" } as const;
    const offers = [1, 2].map(() =>
      pool.offer(OPEN_VOLUME, nothing, { answer: () => Promise.reject(), reported: () => {} })
    );
    assert.ok(offers.every((it) => it !== undefined), "a thread still works for the volume");
    await Promise.allSettled(offers);
  }, { partSize: 2 * MIB }));
