/** A drill over a fleet with planted damages. */
import assert from "node:assert/strict";
import { DEFAULT_DRILL } from "../../lib/config/drill.ts";
import type { Host } from "../../lib/config/types.ts";
import { drill, type HostDrill, undrilled } from "../../lib/drill/drill.ts";
import { StoreError, type StoreReader } from "../../lib/store/contract.ts";
import { inOrder } from "../../lib/workers/in_order.ts";
import { directory, file, symlink, writeTree } from "../source/tree.ts";
import { makeScenario, type Scenario, withScenario } from "../support/scenario.ts";
import { memoryStore } from "../support/memory_store.ts";
import { noise } from "../support/sample_tree.ts";
import { checksOf, troublesOf } from "./rehearsal.ts";

const HOSTS = 60;
const SETTINGS = { ...DEFAULT_DRILL, files: 1 };
const SEED = "fleet";

/** Files in volumes of their own, so that a damaged volume is a damaged file. */
const LARGE = directory(Object.fromEntries(
  Array.from({ length: 10 }, (_, at) => [`f${at}`, file(noise(60_000, at))]),
));

async function fleet(it: Scenario): Promise<Scenario[]> {
  const small = `${it.directory}/small`;
  writeTree(small, directory({ a: symlink("b") })); // without content, which takes threads
  const all: Scenario[] = [];
  for (let at = 0; at < HOSTS; at += 1) {
    const paths = at < 3 ? it.host.selection.paths : [small];
    const host: Host = {
      ...it.host,
      name: `host${at}`,
      state: `${it.directory}/state${at}`,
      selection: { ...it.host.selection, paths },
      drill: SETTINGS,
    };
    all.push(await makeScenario(it.directory, host, memoryStore()));
    await all.at(-1)!.backup();
  }
  return all;
}

function drillAll(hosts: readonly Scenario[]): Promise<HostDrill[]> {
  const drillOne = ({ host, store, identities, directory, run }: Scenario): Promise<HostDrill> =>
    drill(host, store.reader, { identities, seed: SEED, temp: directory }, run);
  return Array.fromAsync(inOrder(hosts, 8, drillOne));
}

const drawnFiles = (found: HostDrill): Set<string> =>
  new Set(checksOf(found).flatMap(({ path }) => path?.split("/").at(-1) ?? []));

/** Damages the volume of a file: the volumes are numbered in the order of the names. */
function damage({ store }: Scenario, name: string): void {
  const victim = [...store.objects.keys()].find((key) =>
    key.includes(`/${`${Number(name.slice(1)) + 1}`.padStart(6, "0")}.`)
  )!;
  store.objects.get(victim)!.bytes[1000]! ^= 1;
}

Deno.test("a drill of 60 hosts finds the damage in its samples, and reports what it did not check", () =>
  withScenario(LARGE, async (it) => {
    const hosts = await fleet(it);
    const before = await drillAll(hosts.slice(0, 3));
    assert.ok(before.every(({ state }) => state === "ok"));
    const drawn = before.map(drawnFiles);
    const names = Array.from({ length: 10 }, (_, at) => `f${at}`);
    const touched = [0, 1].map((at) => names.find((name) => drawn[at]!.has(name))!);
    const untouched = names.find((name) => !drawn[2]!.has(name))!;
    for (const [at, name] of [...touched, untouched].entries()) damage(hosts[at]!, name);

    const found = await drillAll(hosts);
    assert.deepEqual(
      found.filter(({ state }) => state !== "ok").map((
        host,
      ) => [host.host, host.state, troublesOf(host).map(({ path }) => path!.split("/").at(-1))]),
      touched.map((name, at) => [`host${at}`, "failed", [name]]),
    );
    const { sample } = found[2]!.drilled[0]!;
    assert.ok(
      sample!.entries < sample!.ofEntries && sample!.bytes < sample!.ofBytes,
      "it says that it did not look at all",
    );
  }));

Deno.test("a host whose store cannot be opened, one that does not answer and a fault have not run", () =>
  withScenario(directory({ a: file("a") }), async (it) => {
    await it.backup();
    const failing = (error: Error): Scenario => {
      const reader: StoreReader = {
        ...it.store.reader,
        list: () => {
          throw error;
        },
      };
      return { ...it, store: { ...it.store, reader } };
    };
    const away = new StoreError("unreachable", "no answer");
    const found = await drillAll([failing(away), failing(new TypeError("a bug")), it]);
    assert.deepEqual(found.map(({ state }) => state), ["not run", "not run", "ok"]);
    assert.match(troublesOf(found[0]!)[0]!.reason!, /no answer/);
    assert.match(troublesOf(found[1]!)[0]!.reason!, /a bug/);
    const unopened = undrilled(it.host, away);
    assert.deepEqual([unopened.state, unopened.host], ["not run", it.host.name]);
    assert.match(troublesOf(unopened)[0]!.reason!, /no answer/);
  }));
