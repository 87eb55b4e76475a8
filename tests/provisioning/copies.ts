/** What tests of stores with copies share: snapshots of several days, and a restore from one store alone. */
import assert from "node:assert/strict";
import { DAY_MS } from "../../lib/model/day.ts";
import { restore } from "../../lib/restore/restore.ts";
import { findSnapshot } from "../../lib/snapshots/find.ts";
import type { StoreReader } from "../../lib/store/contract.ts";
import { assertSameTree } from "../source/tree.ts";
import type { Life } from "../support/life.ts";
import { restoredSource } from "../support/scenario.ts";

/** Days of changes, each with a snapshot; gives the ids. */
export async function days(life: Life, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let day = 0; day < count; day += 1) {
    Deno.writeTextFileSync(`${life.source}/day ${day}`, `${day}`);
    ids.push((await life.backup()).snapshot);
    life.now += DAY_MS;
  }
  return ids;
}

/** Restores a snapshot from a store alone, and compares it with a copy of its source. */
export async function restoredFrom(life: Life, reader: StoreReader, id: string, copy: string): Promise<void> {
  const target = await Deno.makeTempDir({ dir: life.directory });
  const { signal } = life.run;
  const found = await findSnapshot(reader, life.host, id, { signal, damaged: () => {} });
  const what = { globs: [], target, overwrite: false, jobs: 1 };
  assert.equal((await restore(found, reader, life.identities, what, life.run)).lost, 0);
  assertSameTree(restoredSource(life, target), copy);
}
