import assert from "node:assert/strict";
import { DAY_MS } from "../../lib/model/day.ts";
import { subsetOf } from "../../lib/model/subset.ts";
import type { StoreReader } from "../../lib/store/contract.ts";
import { verify } from "../../lib/verify/verify.ts";
import { directory, file, type Node } from "../source/tree.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";

/** A tree of some volumes: random content does not compress. */
const TREE: Node = directory(
  Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`f${at}`, file(random(150_000))])),
);

function random(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}

function subset(at: number, of = 30): ReturnType<typeof subsetOf> {
  return subsetOf(new Date(Date.UTC(2026, 10, 28) + at * DAY_MS), of);
}

/** Returns a reader, and how often it has fetched each object. */
function counting(reader: StoreReader): [gets: Map<string, number>, reader: StoreReader] {
  const gets = new Map<string, number>();
  const get: StoreReader["get"] = (name, options) => {
    gets.set(name, (gets.get(name) ?? 0) + 1);
    return reader.get(name, options);
  };
  return [gets, { ...reader, get }];
}

/** Names of all objects but receipts. */
function sealed({ store }: Scenario): string[] {
  return [...store.objects.keys()].filter((name) => name.includes(".gpg")).sort();
}

Deno.test("thirty verifications of a subset on days in a row read every object exactly once", () =>
  withScenario(TREE, async (scenario) => {
    await scenario.backup();
    await scenario.backup();
    const [gets, reader] = counting(scenario.store.reader);
    let [objects, bytes] = [0, 0];
    for (let at = 0; at < 30; at++) {
      const result = await verify(
        scenario.host,
        reader,
        { jobs: 1, subset: subset(at) },
        () => {},
        scenario.run,
      );
      assert.deepEqual([result.snapshots, result.damages, result.unreadable], [2, 0, 0]);
      objects += result.objects;
      bytes += result.bytes;
    }
    const names = sealed(scenario);
    assert.ok(names.length > 25, `${names.length}`);
    assert.deepEqual(names.map((name) => gets.get(name)), names.map(() => 1));
    const whole = await scenario.verify();
    assert.deepEqual([objects, bytes], [whole.objects, whole.bytes]);
  }));

Deno.test("an altered object is found on the one day of its subset, as damage of content", () =>
  withScenario(TREE, async (scenario) => {
    await scenario.backup();
    const name = sealed(scenario)[7]!;
    const object = scenario.store.objects.get(name)!;
    const bytes = object.bytes.slice();
    bytes[bytes.length >> 1]! ^= 1;
    scenario.store.objects.set(name, { ...object, bytes });
    const found: [number, number][] = [];
    for (let at = 0; at < 7; at++) {
      const { damages, contentDamages } = await scenario.verify({ subset: subset(at, 7) });
      if (damages > 0) found.push([damages, contentDamages]);
    }
    assert.deepEqual(found, [[1, 1]]);
  }));

Deno.test("a missing object is found on every day, and is no damage of content", () =>
  withScenario(TREE, async (scenario) => {
    await scenario.backup();
    scenario.store.objects.delete(sealed(scenario)[3]!);
    for (let at = 0; at < 3; at++) {
      const { damages, contentDamages } = await scenario.verify({ subset: subset(at, 3) });
      assert.deepEqual([damages > 0, contentDamages], [true, 0]);
    }
  }));
