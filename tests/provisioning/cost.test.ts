import assert from "node:assert/strict";
import { assumedDaily, monthlyCost } from "../../lib/provisioning/cost.ts";
import { MINIMUM_DAYS } from "../../lib/model/storage_class.ts";
import { PRICES } from "../../lib/provisioning/prices.ts";
import { parseConfig } from "../../lib/config/parse.ts";
import { BASE, CONTEXT } from "../config/base.ts";

const GIB = 1024 ** 3;

function cost(days: number, store: object = {}, bytes = GIB): ReturnType<typeof monthlyCost> {
  const config = { ...BASE, store: { ...BASE.store, ...store }, retention: { days, refreshDays: 0 } };
  const host = parseConfig(config, CONTEXT).get("web1.example.org")!;
  return monthlyCost(host, assumedDaily(host, bytes));
}

Deno.test("the cost of a month is the kept bytes at the price of their class, and the requests", () => {
  const { dollars, billedDays, storedBytes } = cost(98);
  assert.deepEqual([billedDays, storedBytes], [100, 100 * GIB]); // a day for the run, one for the older version
  const puts = (365 / 12) * (64 + 2) / 1000; // 64 parts of 16 MiB, the index and the receipt
  assert.equal(dollars!.toFixed(6), (100 * 0.0245 + puts * 0.0054).toFixed(6));
});

Deno.test("a day of incremental backups stores changed and due files, and never more than a full backup", () => {
  const daily = (refreshDays: number): ReturnType<typeof assumedDaily> => {
    const config = { ...BASE, retention: { days: 10, refreshDays } };
    return assumedDaily(parseConfig(config, CONTEXT).get("web1.example.org")!, GIB);
  };
  assert.equal(daily(0).bytes, GIB);
  assert.equal(daily(1).bytes, GIB);
  assert.equal(daily(30).bytes, Math.round(GIB * (1 / 30 + 0.02)));
  assert.equal(daily(30).objects, 4 + 2);
  assert.match(daily(30).basis, /1\/30 of it is re-sent and 2 % changes/);
});

Deno.test("the minimum billed days are billed, and a shorter retention is a warning", () => {
  const short = cost(30, { storageClass: "DEEP_ARCHIVE" });
  assert.deepEqual([short.billedDays, short.storedBytes], [180, 32 * GIB]);
  assert.match(
    short.warnings[0]!,
    /DEEP_ARCHIVE is billed for at least 180 days, but objects are kept for 32/,
  );
  assert.match(short.warnings[1]!, /must be restored from the archive first/);
  assert.deepEqual(cost(178, { storageClass: "GLACIER_IR" }).warnings, []);
  assert.deepEqual(
    cost(28, { storageClass: "STANDARD_IA" }).warnings,
    [],
    "30 days with the two that are added",
  );
  assert.equal(cost(27, { storageClass: "STANDARD_IA" }).warnings.length, 1);
});

Deno.test("without a known price the cost is undefined", () => {
  assert.equal(cost(10, { region: "mars-north-1" }).dollars, undefined);
  assert.equal(cost(10, { storageClass: "EXPRESS_ONEZONE" }).dollars, undefined);
});

Deno.test("every class of every region has a price and a minimum of days", () => {
  for (const classes of Object.values(PRICES)) {
    assert.deepEqual(Object.keys(classes), Object.keys(MINIMUM_DAYS));
    for (const { gibMonth, thousandPuts } of Object.values(classes)) {
      assert.ok(gibMonth > 0 && thousandPuts > 0);
    }
  }
});
