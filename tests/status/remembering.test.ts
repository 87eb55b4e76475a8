/** What status remembers between runs: it asks a store for little, and sees the same. */
import assert from "node:assert/strict";
import { dirname } from "node:path/posix";
import { DAY_MS } from "../../lib/model/day.ts";
import { type HostStatus, status } from "../../lib/status/status.ts";
import { cachingReader } from "../../lib/store/cache/caching_reader.ts";
import { RefusalMemory } from "../../lib/store/cache/refusal_memory.ts";
import { ReceiptMemory } from "../../lib/store/cache/receipt_memory.ts";
import { ObjectCache } from "../../lib/store/cache/object_cache.ts";
import { RememberingReader } from "../../lib/store/cache/remembering_reader.ts";
import { isWholeDue } from "../../lib/store/cache/whole_day.ts";
import type { StoredObject, StoreReader } from "../../lib/store/contract.ts";
import { directory as tree, file } from "../source/tree.ts";
import { withDirectory } from "../support/directory.ts";
import { type Life, withLife } from "../support/life.ts";
import { named, NO_RECORDS } from "./nights.ts";

const TREE = tree({ a: file("one"), b: file("two") });

/** What the store was asked for: `get`, `list`, or `list after`. */
type Requests = string[];

interface Watch {
  readonly life: Life;
  readonly cache: string;
  /** Looks at the host as `status` does, with what earlier looks have left in the cache. */
  look(key?: { store?: string; reader?: StoreReader }): Promise<Look>;
  /** Lets a night with a backup pass, and looks at the host in the morning. */
  night(): Promise<Look>;
  /** Lets nights pass until the host was just listed whole. */
  untilWhole(): Promise<void>;
}

interface Look {
  readonly status: HostStatus;
  readonly requests: Requests;
  readonly alerts: string[];
}

/** The alerts, without those that no store has to do with: that the signer is not pinned, and that nothing was verified. */
function alertsOfStore(it: HostStatus): string[] {
  if (it.state === "unknown") return [it.error];
  return named(it.alerts).filter((alert) => !/^(signer|verified|drilled):/.test(alert));
}

function withWatch(body: (watch: Watch) => Promise<void>): Promise<void> {
  return withLife(TREE, (life) =>
    withDirectory(async (cache) => {
      const { host } = life;
      const watch: Watch = {
        life,
        cache,
        async look({ store = "memory", reader: given = life.store.reader } = {}): Promise<Look> {
          const requests: Requests = [];
          const reader = cachingReader(counting(given, requests), {
            objects: new ObjectCache(cache, 1e9),
            known: new ReceiptMemory(cache, "nightdrop/1"),
            refusals: new RefusalMemory(cache, host.name),
          });
          const options = { directory: cache, key: { store, host: host.name }, now: life.run.now };
          const remembering = (): Promise<RememberingReader> =>
            Promise.resolve(new RememberingReader(reader, options));
          const [it] = await Array.fromAsync(
            status([host], (_, see) => see(reader), NO_RECORDS, life.run, remembering),
          );
          return { status: it!, requests, alerts: alertsOfStore(it!) };
        },
        async night(): Promise<Look> {
          life.now += DAY_MS;
          await life.backup();
          return await watch.look();
        },
        async untilWhole(): Promise<void> {
          await watch.night();
          while ((await watch.night()).requests.includes("list after"));
        },
      };
      await body(watch);
    }));
}

function counting(reader: StoreReader, requests: Requests): StoreReader {
  return {
    ...reader,
    list: (prefix, options) => {
      requests.push(options?.after === undefined ? "list" : "list after");
      return reader.list(prefix, options);
    },
    get: (name, options) => {
      requests.push("get");
      return reader.get(name, options);
    },
    expiry: (options) => {
      requests.push("expiry");
      return reader.expiry(options);
    },
  };
}

Deno.test("a host takes three requests a night, and is listed completely on one day of seven", () =>
  withWatch(async ({ night, untilWhole }) => {
    await untilWhole();
    for (let day = 1; day <= 21; day++) {
      const { requests, alerts } = await night();
      assert.deepEqual(requests, [day % 7 === 0 ? "list" : "list after", "get", "expiry"], `day ${day}`);
      assert.deepEqual(alerts, []);
    }
  }));

Deno.test("status sees the same with what it remembers and without", () =>
  withWatch(async ({ life, cache, look, night, untilWhole }) => {
    await untilWhole();
    for (let day = 0; day < 3; day++) {
      const remembered = await night();
      assert.ok(remembered.requests.includes("list after"));
      Deno.removeSync(cache, { recursive: true });
      Deno.mkdirSync(cache);
      assert.deepEqual((await look()).status, remembered.status);
    }
    life.now += 3 * DAY_MS;
    assert.deepEqual((await look()).alerts, ["age: critical"]);
  }));

Deno.test("a host that needs attention is listed completely before it is reported", () =>
  withWatch(async ({ life, look, untilWhole }) => {
    await untilWhole();
    life.now += 1.5 * DAY_MS;
    assert.deepEqual((await look()).requests, ["list after", "expiry", "list", "expiry"]);
    // A host whose clock went back begins its next snapshot with an older date.
    life.skew = -3 * DAY_MS;
    const { snapshot } = await life.backup();
    life.skew = 0;
    const { status: it } = await look();
    assert.ok(it.state !== "unknown" && it.facts.nights.at(-1)!.id === snapshot);
  }));

const LOSSES: readonly [what: string, isMeant: (name: string) => boolean][] = [
  ["volume", (name) => name.includes(".tar")],
  ["index", (name) => name.includes("/index.")],
  ["receipt", (name) => name.includes("/receipt-")],
];

for (const [what, isMeant] of LOSSES) {
  Deno.test(`a ${what} of an old snapshot that was deleted is found within seven days`, () =>
    withWatch(async ({ life, night, untilWhole }) => {
      for (let day = 0; day < 3; day++) await night();
      await untilWhole();
      const name = [...life.store.objects.keys()].sort().find(isMeant)!;
      life.store.objects.delete(name);
      const days: string[][] = [];
      for (let day = 0; day < 9; day++) days.push((await night()).alerts);
      assert.deepEqual(days.map((found) => found.includes("integrity: critical")).indexOf(true), 6);
      assert.ok(
        days.slice(6).every((found) => found.includes("integrity: critical")),
        "from then on each day",
      );
    }));
}

Deno.test("a snapshot that is listed while it is stored is listed completely afterwards", () =>
  withWatch(async ({ life, look, night, untilWhole }) => {
    await untilWhole();
    await night();
    life.now += DAY_MS;
    await life.backup();
    const [name, receipt] = [...life.store.objects].sort(([a], [b]) => a < b ? -1 : 1).findLast(([it]) =>
      it.includes("/receipt-")
    )!;
    life.store.objects.delete(name);
    await look();
    life.store.objects.set(name, receipt);
    assert.deepEqual((await look()).alerts, []);
    assert.deepEqual((await night()).alerts, []);
  }));

Deno.test("snapshots with dates in the future, and names that are no snapshots, do not hide those that follow", () =>
  withWatch(async ({ life, look, night, untilWhole }) => {
    await untilWhole();
    life.skew = 400 * DAY_MS;
    await life.backup();
    life.skew = 0;
    const other = { bytes: new Uint8Array(1), storedAt: new Date(life.now) };
    life.store.objects.set(`${life.host.name}/zzz/x`, other);
    await look();
    const before = (await look()).status;
    const after = (await night()).status;
    assert.ok(before.state !== "unknown" && after.state !== "unknown");
    assert.equal(after.facts.nights.length, before.facts.nights.length + 1);
  }));

const FORGOTTEN: Readonly<Record<string, (file: string) => void>> = {
  "is cut": (path) => Deno.truncateSync(path, 100),
  "is empty": (path) => Deno.truncateSync(path, 0),
  "has a changed byte": (path) => {
    const bytes = Deno.readFileSync(path);
    bytes[bytes.length >> 1]! ^= 1;
    Deno.writeFileSync(path, bytes);
  },
  "is missing": (path) => Deno.removeSync(path),
};

for (const [what, change] of Object.entries(FORGOTTEN)) {
  Deno.test(`a host is listed completely if the file with its last listing ${what}`, () =>
    withWatch(async ({ cache, look, untilWhole }) => {
      await untilWhole();
      assert.deepEqual((await look()).requests, ["list after", "expiry"]);
      change(listingIn(cache));
      assert.deepEqual((await look()).requests, ["list", "expiry"]);
    }));
}

Deno.test("the remembered listing of a store is not used for another one", () =>
  withWatch(async ({ cache, look, untilWhole }) => {
    await untilWhole();
    const file = listingIn(cache);
    assert.deepEqual((await look({ store: "other" })).requests, ["list", "expiry"]);
    Deno.removeSync(dirname(file), { recursive: true });
    const other = listingIn(cache);
    Deno.mkdirSync(dirname(file));
    Deno.renameSync(other, file);
    assert.deepEqual((await look()).requests, ["list", "expiry"], "also in the file of that store");
  }));

Deno.test("names that cannot be objects are reported each day, not only when all is listed", () =>
  withWatch(async ({ life, cache, look, untilWhole }) => {
    await untilWhole();
    const reader: StoreReader = {
      ...life.store.reader,
      async *list(prefix, options): AsyncGenerator<StoredObject> {
        if (prefix === `${life.host.name}/` && options?.after === undefined) {
          options?.passedOver?.(`${life.host.name}/\t`);
        }
        yield* life.store.reader.list(prefix, options);
      },
    };
    Deno.removeSync(listingIn(cache));
    for (let round = 0; round < 2; round++) {
      assert.deepEqual((await look({ reader })).alerts, ["integrity: critical"]);
    }
  }));

/** The only file with a listing. */
function listingIn(cache: string): string {
  const only = (path: string): string => `${path}/${[...Deno.readDirSync(path)][0]!.name}`;
  return only(only(`${cache}/listings`));
}

Deno.test("each host of a fleet is listed completely once in seven days, a seventh of them each day", () => {
  const hosts = Array.from({ length: 7000 }, (_, at) => `host${at}.example.org`);
  const first = 20_000 * DAY_MS;
  const days = Array.from({ length: 7 }, (_, day) => {
    const now = first + day * DAY_MS + 1;
    return hosts.filter((host) => isWholeDue(host, now - DAY_MS, now));
  });
  assert.equal(new Set(days.flat()).size, hosts.length);
  for (const due of days) assert.ok(due.length > 900 && due.length < 1100, String(due.length));
});

Deno.test("a day that was missed is made up for, and a date in the future is not believed", () => {
  const now = 20_000 * DAY_MS;
  assert.equal(isWholeDue("a", now - 8 * DAY_MS, now), true);
  assert.equal(isWholeDue("a", now, now), false);
  assert.equal(isWholeDue("a", now + 1, now), true);
});
