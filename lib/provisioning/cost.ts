import type { Host, Store } from "../config/types.ts";
import { DAY_MS } from "../model/day.ts";
import { DEFAULT_PART_BYTES } from "../model/receipt.ts";
import { bucketOf, type OwnerClients } from "./owner_clients.ts";
import { MINIMUM_DAYS } from "../model/storage_class.ts";
import { ARCHIVED, PRICES, PRICES_FROM, PRICES_OF } from "./prices.ts";
import { keyPrefix } from "../store/key_prefix.ts";
import { expiryDays } from "../model/retention.ts";

const GIB = 1024 ** 3;

/** Mean number of days in a month. */
const DAYS_IN_MONTH = 365 / 12;

/** Days after which a noncurrent version is deleted: see `noncurrentDays`. */
const NONCURRENT_DAYS = 1;

/** Assumed share of a full backup that changes in a day. */
const CHANGED = 0.02;

/** Number of objects beside the volumes of a backup: the index and the receipt. */
const OTHER_OBJECTS = 2;

/** Storage of a host in one day. */
export interface Daily {
  /** Stored bytes. */
  readonly bytes: number;
  /** Number of objects, possibly a fraction. */
  readonly objects: number;
  /** Source of the numbers, in words. */
  readonly basis: string;
}

/** Cost of a month of a host's backups, when the oldest ones expire as new ones are added. */
export interface Cost {
  /** US dollars; undefined if the price of region and storage class is unknown. */
  readonly dollars: number | undefined;
  /** Storage class, as Amazon's API names it. */
  readonly storageClass: string;
  /** Storage of one day. */
  readonly daily: Daily;
  /** Total number of stored bytes. */
  readonly storedBytes: number;
  /** Number of days that each object is billed. */
  readonly billedDays: number;
  /** Date and source of the prices. */
  readonly prices: string;
  /** Warnings in words. */
  readonly warnings: readonly string[];
}

/** Returns the daily storage of one backup a day, if a full one has `fullBytes`: all of it, or changed and re-sent files. */
export function assumedDaily(
  { retention: { refreshDays }, partSize = DEFAULT_PART_BYTES }: Host,
  fullBytes: number,
): Daily {
  const part = refreshDays === 0 ? 1 : Math.min(1, 1 / refreshDays + CHANGED);
  const bytes = Math.round(fullBytes * part);
  return {
    bytes,
    objects: Math.ceil(bytes / partSize) + OTHER_OBJECTS,
    basis: refreshDays === 0
      ? "if a backup has the size of --size"
      : `if a full backup has the size of --size, and every day 1/${refreshDays} of it is re-sent and ` +
        `${CHANGED * 100} % changes`,
  };
}

/**
 * Returns the daily storage of a host, measured in its bucket; undefined if it holds nothing. Lists all objects of the
 * host.
 */
export async function measuredDaily(host: Host, owners: OwnerClients, now: Date): Promise<Daily | undefined> {
  const { bucket, prefix } = bucketOf(host);
  const { stored } = await import("../store/vault/stored.ts");
  const directory = `${keyPrefix(prefix)}${host.name}/`;
  const { bytes, objects, since } = await stored(await owners.of(host), bucket, directory);
  if (since === undefined) return undefined;
  const days = Math.max(1, (now.getTime() - since.getTime()) / DAY_MS);
  const basis = `as measured: ${objects} objects in ${days.toFixed(0)} days`;
  return { bytes: Math.round(bytes / days), objects: objects / days, basis };
}

/** Returns the cost of a month at Amazon. */
export function monthlyCost(host: Host, daily: Daily): Cost {
  const { region, storageClass = "STANDARD" } = bucketOf(host);
  const kept = expiryDays(host.retention) + NONCURRENT_DAYS;
  const billedDays = Math.max(kept, MINIMUM_DAYS[storageClass] ?? 0);
  const price = PRICES[region]?.[storageClass];
  const puts = DAYS_IN_MONTH * daily.objects;
  return {
    dollars: price && (daily.bytes * billedDays / GIB) * price.gibMonth + (puts / 1000) * price.thousandPuts,
    storageClass,
    daily,
    storedBytes: daily.bytes * kept,
    billedDays,
    prices: `list prices of ${PRICES_OF}, ${PRICES_FROM}`,
    warnings: warnings(storageClass, kept),
  };
}

/** Returns the US dollars that bytes in a store cost in a month; undefined if that is unknown. */
export function storageCost(store: Store, bytes: number): number | undefined {
  if (store.kind === "directory" || store.endpoint !== undefined) return undefined;
  const price = PRICES[store.region]?.[store.storageClass ?? "STANDARD"];
  return price && (bytes / GIB) * price.gibMonth;
}

function warnings(storageClass: string, kept: number): string[] {
  const minimum = MINIMUM_DAYS[storageClass] ?? 0;
  return [
    ...(kept < minimum
      ? [`${storageClass} is billed for at least ${minimum} days, but objects are kept for ${kept}`]
      : []),
    ...(ARCHIVED.includes(storageClass)
      ? [
        `objects of ${storageClass} must be restored from the archive first: list, verify and restore cannot read them ` +
        "before",
      ]
      : []),
  ];
}
