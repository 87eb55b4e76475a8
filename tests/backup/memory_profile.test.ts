import assert from "node:assert/strict";
import {
  fitted,
  type MemoryLimit,
  type MemoryProfile,
  memoryProfile,
  type SystemMemory,
  systemMemory,
} from "../../lib/backup/memory_profile.ts";
import { parseConfig } from "../../lib/config/parse.ts";
import { BASE, CONTEXT } from "../config/base.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** What a control group of version 1 without a limit reports: the largest multiple of a page. */
const NO_LIMIT = 9223372036854771712;

type Source = MemoryLimit["source"];
const small = (bytes: number, source: Source): MemoryProfile => ({
  profile: "small",
  limit: { bytes, source },
});
const fast = (bytes: number, source: Source): MemoryProfile => ({
  profile: "fast",
  limit: { bytes, source },
});

const MACHINES: readonly (readonly [name: string, system: SystemMemory, profile: MemoryProfile])[] = [
  ["no control group", { total: 8 * GIB, cgroup: 0 }, fast(8 * GIB, "machine")],
  [
    "a control group without a limit, version 1",
    { total: 8 * GIB, cgroup: NO_LIMIT },
    fast(8 * GIB, "machine"),
  ],
  ["a limit above the memory of the machine", { total: 512 * MIB, cgroup: GIB }, small(512 * MIB, "machine")],
  ["a small machine", { total: 987 * MIB, cgroup: 0 }, small(987 * MIB, "machine")],
  ["exactly 1 GiB", { total: GIB, cgroup: 0 }, fast(GIB, "machine")],
  [
    "a small container on a large machine",
    { total: 64 * GIB, cgroup: 512 * MIB },
    small(512 * MIB, "cgroup"),
  ],
  ["a large container", { total: 64 * GIB, cgroup: 4 * GIB }, fast(4 * GIB, "cgroup")],
  ["only the control group is known", { total: undefined, cgroup: 256 * MIB }, small(256 * MIB, "cgroup")],
  ["only the machine is known", { total: 256 * MIB, cgroup: undefined }, small(256 * MIB, "machine")],
  ["nothing is known", { total: undefined, cgroup: undefined }, { profile: "fast" }],
  ["no limit, and an unknown machine", { total: undefined, cgroup: 0 }, { profile: "fast" }],
  ["no limit of version 1, and an unknown machine", { total: undefined, cgroup: NO_LIMIT }, {
    profile: "fast",
  }],
];

for (const [name, system, profile] of MACHINES) {
  Deno.test(`the memory decides on the profile: ${name}`, () => {
    assert.deepEqual(memoryProfile({ memory: undefined }, () => system), profile);
  });
}

Deno.test("the key memory replaces what the system reports", () => {
  const machine = (): SystemMemory => ({ total: 8 * GIB, cgroup: 0 });
  assert.deepEqual(memoryProfile({ memory: 128 * MIB }, machine), small(128 * MIB, "config"));
  assert.deepEqual(
    memoryProfile({ memory: 2 * GIB }, () => ({ total: 8 * GIB, cgroup: 64 * MIB })),
    fast(2 * GIB, "config"),
  );
});

Deno.test("a small backup makes one volume at a time, of small parts, unless the config names others", () => {
  const sizes = (changes: object, profile: "small" | "fast"): number[] => {
    const [host] = parseConfig({ ...BASE, ...changes }, CONTEXT).values();
    const { jobs, partSize } = fitted(host!, { profile });
    return [jobs, partSize / MIB];
  };
  assert.deepEqual(sizes({}, "small"), [1, 4]);
  assert.deepEqual(sizes({}, "fast"), [navigator.hardwareConcurrency, 16]);
  assert.deepEqual(sizes({ jobs: 3 }, "small"), [3, 4]);
  assert.deepEqual(sizes({ partSize: "64 MiB" }, "small"), [1, 64]);
  assert.deepEqual(sizes({ jobs: 3, partSize: "64 MiB" }, "fast"), [3, 64]);
});

Deno.test("the memory of this machine is known", () => {
  assert.ok(systemMemory().total! > 0);
  assert.notEqual(systemMemory().cgroup, undefined);
});
