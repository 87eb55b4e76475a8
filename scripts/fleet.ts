/**
 * Measures `status` over a fleet: the first run, which reads every receipt, and a night after it. Counts requests, seconds and
 * megabytes. The snapshots have real signed receipts; their dates are those of a year of nights.
 *
 *     deno task fleet [--hosts N] [--nights N] [--store directory|bucket|memory]
 *
 * `bucket` starts a Ceph RGW on loopback. There the dates of objects are those of the simulation, not those of the server.
 */
import { cpuUsage } from "node:process";
import { parseArgs } from "node:util";
import { OwnerCache } from "../lib/app/owner_cache.ts";
import type { Run } from "../lib/app/events.ts";
import type { StoreReader } from "../lib/app/stores.ts";
import { parseConfig } from "../lib/config/parse.ts";
import type { Host, Store } from "../lib/config/types.ts";
import { DAY_MS } from "../lib/model/day.ts";
import type { Remembering } from "../lib/status/readers.ts";
import { status } from "../lib/status/status.ts";
import { strangersOf } from "../lib/status/strangers.ts";
import type { StoredObject } from "../lib/store/contract.ts";
import { inOrder } from "../lib/workers/in_order.ts";
import { placeOf } from "./simulate/fleet_places.ts";
import { FIRST, StoredHost } from "./simulate/stored_fleet.ts";

const { values } = parseArgs({
  options: {
    hosts: { type: "string", default: "1000" },
    nights: { type: "string", default: "180" },
    store: { type: "string", default: "directory" },
  },
});
const [HOSTS, NIGHTS] = [Number(values.hosts), Number(values.nights)];

/** Requests and answers of the store. */
const asked = { requests: 0, objects: 0, bytes: 0 };

/** Records of verifications and drills: there are none, so that rule is off. */
const NO_RECORDS = { verified: () => undefined, drilled: () => undefined };

/** Objects in one page of a list. */
const PAGE = 1000;

const directory = await Deno.makeTempDir({ prefix: "nightdrop-fleet-" });
const place = await placeOf(values.store, directory);
try {
  const fleet: StoredHost[] = [];
  for (let at = 0; at < HOSTS; at++) fleet.push(await StoredHost.create(at));
  const hosts = hostsOf(fleet, place.store);
  await grow(fleet, NIGHTS);
  await measure("first run", fleet, hosts);
  for (const night of ["a night", "the next night"]) {
    await grow(fleet, 1);
    await measure(night, fleet, hosts);
  }
} finally {
  place.close();
  Deno.removeSync(directory, { recursive: true });
}

function hostsOf(fleet: readonly StoredHost[], store: Store): Host[] {
  const recipients = [{ file: "unused.asc", fingerprint: "cd".repeat(20) }];
  const config = {
    recipients,
    store: { kind: "directory", path: "/unused" },
    retention: { days: 365 },
    alerts: { sealedTo: false, verified: false, drilled: false },
    hosts: Object.fromEntries(
      fleet.map(({ name, signer }) => [name, { paths: ["/etc"], signer: signer.fingerprint }]),
    ),
  };
  const parsed = parseConfig(config, { directory, stateDirectory: directory, title: "The fleet" });
  return [...parsed.values()].map((host) => ({ ...host, store, recipients: [] }));
}

async function grow(fleet: readonly StoredHost[], nights: number): Promise<void> {
  const make = async (host: StoredHost): Promise<void> => {
    for (let night = 0; night < nights; night++) {
      for (const object of await host.snapshot()) await place.put(object);
    }
  };
  for await (const _ of inOrder(fleet, 16, make));
}

/** Runs `status` as the command does, and prints what it took. */
async function measure(what: string, fleet: readonly StoredHost[], hosts: readonly Host[]): Promise<void> {
  const now = new Date(FIRST + (fleet[0]!.nights - 1) * DAY_MS + 3 * 3_600_000);
  const run: Run = { report: () => {}, signal: AbortSignal.timeout(DAY_MS), now: () => now };
  const cache = OwnerCache.open(`${directory}/cache`, hosts.length)!;
  const withReader = async <T>({ name }: Host, body: (reader: StoreReader) => Promise<T>): Promise<T> => {
    const reader = cache.caching(counting(await place.open(run)), name);
    return await body(reader).finally(() => reader.close());
  };
  const remembering: Remembering = (host, reader) => cache.remembering(reader, host, run.now);
  Object.assign(asked, { requests: 0, objects: 0, bytes: 0 });
  const [started, processor] = [performance.now(), cpuUsage()];
  const good = (await Array.fromAsync(status(hosts, withReader, NO_RECORDS, run, remembering)))
    .filter(({ state }) => state === "good").length;
  const strangers = await strangersOf(hosts, new Set(), withReader, run);
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = cpuUsage(processor);
  const peak = /VmHWM:\s+(\d+)/.exec(Deno.readTextFileSync("/proc/self/status"))![1]!;
  say(
    `${what}: ${asked.requests} requests (${(asked.requests / hosts.length).toFixed(2)} a host), ` +
      `${(asked.bytes / 1e6).toFixed(1)} MB of objects, ${asked.objects} objects listed, ${
        seconds.toFixed(1)
      } s, ` +
      `${((user + system) / 1e6).toFixed(1)} s of processor, ${
        (Number(peak) / 1000).toFixed(0)
      } MB of memory; ` +
      `${good} of ${hosts.length} hosts are good, ${strangers.length} strangers`,
  );
}

/** Counts requests as a bucket has them: a list takes one for each page, and an empty one is asked for twice. */
function counting(reader: StoreReader): StoreReader {
  return {
    place: reader.place,
    async *list(prefix, options): AsyncGenerator<StoredObject> {
      let objects = 0;
      for await (const object of reader.list(prefix, options)) {
        objects++;
        yield object;
      }
      asked.objects += objects;
      asked.requests += objects === 0 ? 2 : Math.ceil(objects / PAGE);
    },
    async *directories(options): AsyncGenerator<string> {
      let names = 0;
      for await (const name of reader.directories(options)) {
        if (names++ % PAGE === 0) asked.requests++;
        yield name;
      }
    },
    async get(name, options): ReturnType<StoreReader["get"]> {
      const bytes = await reader.get(name, options);
      asked.requests++;
      asked.bytes += bytes.length;
      return bytes;
    },
    expiry(options): Promise<number> {
      asked.requests++;
      return reader.expiry(options);
    },
    close: () => reader.close(),
  };
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}
