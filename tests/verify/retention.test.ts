import assert from "node:assert/strict";
import { DAY_MS } from "../../lib/model/day.ts";
import { StoreError } from "../../lib/store/contract.ts";
import { verify } from "../../lib/verify/verify.ts";
import type { Finding } from "../../lib/verify/findings.ts";
import { directory, file } from "../source/tree.ts";
import { type Life, withLife } from "../support/life.ts";
import { sampleTree } from "../support/sample_tree.ts";

/** Findings that end a verification in 4, and until when the snapshots can be restored. */
async function judged(life: Life): Promise<{ damages: string[]; until: (string | undefined)[] }> {
  const { findings, restorable } = await life.verify();
  return {
    damages: findings.filter(({ kind }) => kind === "damage").map(({ what }) => what),
    until: restorable.map(({ until }) => until),
  };
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** A backup, and after ten days one that needs it. */
async function two(life: Life): Promise<number> {
  const begin = life.now;
  await life.backup();
  life.now += 10 * DAY_MS;
  await life.backup();
  return begin;
}

Deno.test("each snapshot can be restored until the oldest of what it needs expires", () =>
  withLife(sampleTree(), async (life) => {
    const begin = await two(life);
    life.store.expiry = 61;
    const until = day(begin + 61 * DAY_MS);
    assert.deepEqual(await judged(life), { damages: [], until: [until, until] });
  }));

Deno.test("a store that removes nothing sets no day", () =>
  withLife(sampleTree(), async (life) => {
    await two(life);
    assert.deepEqual(await judged(life), { damages: [], until: [undefined, undefined] });
  }));

Deno.test("an expiry beyond the last day that a date can name sets no day, and one after the year 9999 does", () =>
  withLife(sampleTree(), async (life) => {
    await two(life);
    for (const expiry of [2 ** 31, 1e300]) {
      life.store.expiry = expiry;
      assert.deepEqual(await judged(life), { damages: [], until: [undefined, undefined] });
    }
    life.store.expiry = 366 * 10_000;
    assert.match((await judged(life)).until[0]!, /^\+0120\d\d-\d\d-\d\d$/);
  }));

Deno.test("an expiry that is too early for what the newest needs breaks the promise of the newest alone", () =>
  withLife(sampleTree(), async (life) => {
    const begin = await two(life);
    life.store.expiry = 31;
    const { damages, until } = await judged(life);
    assert.deepEqual(until, [day(begin + 31 * DAY_MS), day(begin + 31 * DAY_MS)]);
    assert.equal(damages.length, 1);
    assert.match(damages[0]!, /^It can be restored until .* only, 9 days short of the 30 that are promised/);
    life.store.expiry = 40;
    assert.deepEqual((await judged(life)).damages, []);
  }));

Deno.test("a promise that is over is not broken by what expires", () =>
  withLife(directory({ a: file("a") }), async (life) => {
    await life.backup({ full: true });
    life.now += 31 * DAY_MS;
    await life.backup({ full: true });
    life.store.expiry = 30;
    assert.deepEqual((await judged(life)).damages, []);
  }));

Deno.test("an unknown expiry is reported, and what is needed must still be young enough", () =>
  withLife(sampleTree(), async (life) => {
    await two(life);
    const denied = new StoreError("denied", "these credentials may not", {
      hint: "Allow s3:GetLifecycleConfiguration",
    });
    const reader = { ...life.store.reader, expiry: () => Promise.reject(denied) };
    const found: Finding[] = [];
    const { restorable } = await verify(life.host, reader, {}, (finding) => found.push(finding), life.run);
    assert.deepEqual(found.map(({ kind }) => kind), ["note"]);
    assert.match(found[0]!.what, /cannot be seen.*s3:GetLifecycleConfiguration/);
    assert.deepEqual(restorable.map(({ until }) => until), [undefined, undefined]);
    const strict = { ...life.host, retention: { days: 30, refreshDays: 5 } };
    const short: Finding[] = [];
    await verify(strict, reader, {}, (finding) => short.push(finding), life.run);
    assert.ok(short.some(({ kind, what }) => kind === "damage" && /4 days short/.test(what)));
  }));

Deno.test("a host whose clock is more than a day off is damage; an hour is a warning", () =>
  withLife(directory({ a: file("a") }), async (life) => {
    life.skew = 2 * 60 * 60 * 1000;
    await life.backup();
    assert.deepEqual((await life.verify()).findings.map(({ kind }) => kind), ["warning"]);
    life.skew = -2 * DAY_MS;
    await life.backup();
    const reported = (await life.verify()).findings.filter(({ what }) => /The host says/.test(what));
    assert.deepEqual(reported.map(({ kind }) => kind).sort(), ["damage", "warning"]);
  }));

Deno.test("a run that broke off between index and receipt is noted once there is a later snapshot", () =>
  withLife(directory({ a: file("a") }), async (life) => {
    const { writer } = life.store;
    const breaking = {
      ...writer,
      put: (...args: Parameters<typeof writer.put>): Promise<Date | undefined> =>
        args[0].includes("/receipt-")
          ? Promise.reject(new StoreError("denied", "closed"))
          : writer.put(...args),
    };
    await assert.rejects(life.backup({}, {}, breaking), StoreError);
    life.now += DAY_MS;
    await life.backup();
    const { findings } = await life.verify({ identities: life.identities });
    assert.deepEqual(findings.map(({ kind }) => kind), ["note"]);
    assert.match(findings[0]!.what, /broke off just before its end/);
  }));
