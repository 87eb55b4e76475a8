import assert from "node:assert/strict";
import type { Host } from "../../lib/config/types.ts";
import { fitted } from "../../lib/backup/memory_profile.ts";
import { type Machine, preflightWarnings, THIS_MACHINE } from "../../lib/backup/preflight.ts";
import { directory } from "../source/tree.ts";
import { withScenario } from "../support/scenario.ts";

const MIB = 2 ** 20;
const GOOD: Machine = { space: () => 1000 * MIB, memory: () => 4000 * MIB };

/** Warnings for a host with some changes, on a machine with some. */
function reported(changes: Partial<Host>, machine: Partial<Machine> = {}): Promise<string[]> {
  return withScenario(
    directory({}),
    ({ host }) =>
      Promise.resolve(preflightWarnings(fitted({ ...host, ...changes }), { ...GOOD, ...machine })),
  );
}

function bucket(storageClass: string | undefined): Host["store"] {
  return {
    kind: "s3",
    bucket: "b",
    region: "r",
    endpoint: undefined,
    prefix: "",
    storageClass,
    objectLock: undefined,
    vault: undefined,
    credentials: { env: "AWS" },
  };
}

Deno.test("a machine with enough or unknown resources causes no warning", async () => {
  assert.deepEqual(await reported({}), []);
  assert.deepEqual(await reported({}, { space: () => undefined, memory: () => undefined }), []);
});

Deno.test("a nearly full disk of the state directory causes a warning", async () => {
  const [warning] = await reported({ state: "/var/lib/x" }, {
    space: (path) => path === "/var/lib/x" ? 99.5 * MIB : 0,
  });
  assert.equal(
    warning,
    'Only 99 MiB are left on the disk of the state directory "/var/lib/x": when it is full, backups fail',
  );
});

Deno.test("too little memory for the jobs and the parts of a host causes a warning", async () => {
  const memory = (): number => 200 * MIB;
  assert.deepEqual(await reported({ jobs: 1, partSize: 16 * MIB }, { memory }), []);
  const [warning] = await reported({ jobs: 4, partSize: 16 * MIB }, { memory });
  assert.match(warning!, /^Only 200 MiB of memory are available where about 285 MiB are wanted: /);
  assert.equal((await reported({ jobs: 8, partSize: undefined }, { memory })).length, 1);
});

Deno.test("a retention below the billed days of the storage class causes a warning", async () => {
  const retention = { days: 30, refreshDays: 30 };
  assert.deepEqual(await reported({ store: bucket("STANDARD_IA"), retention }), []);
  assert.deepEqual(await reported({ store: bucket(undefined), retention: { days: 1, refreshDays: 0 } }), []);
  const [warning] = await reported({ store: bucket("DEEP_ARCHIVE"), retention });
  assert.match(warning!, /^Objects are kept for 61 days, but DEEP_ARCHIVE bills each for 180: /);
  assert.deepEqual(await reported({ store: bucket("SOMETHING_NEW"), retention }), []);
});

Deno.test("the resources of this machine are known", () => {
  assert.ok(THIS_MACHINE.space("/")! > 0);
  assert.ok(THIS_MACHINE.memory()! > 0);
  assert.equal(THIS_MACHINE.space("/no/such/directory"), undefined);
});
