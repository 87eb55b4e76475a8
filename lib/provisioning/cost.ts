import type { Host } from "../config/types.ts";
import { DAY_MS } from "../model/day.ts";
import { bucketOf, type OwnerClients } from "./owner_clients.ts";
import { MINIMUM_DAYS } from "../model/storage_class.ts";
import { ARCHIVED, PRICES, PRICES_FROM, PRICES_OF } from "./prices.ts";
import { keyPrefix } from "../store/key_prefix.ts";
import { expiryDays } from "../model/retention.ts";

const GIB = 1024 ** 3;

/** The mean of a year's. */
const DAYS_IN_MONTH = 365 / 12;

/** An older version goes a day after it has expired: see `noncurrentDays`. */
const NONCURRENT_DAYS = 1;

/** What part of a full backup is taken to change in a day. */
const CHANGED = 0.02;

/** The index and the receipt of a backup. */
const OTHER_OBJECTS = 2;

/** What a host stores in a day. */
export interface Daily {
  /** Bytes, as they are stored. */
  readonly bytes: number;
  /** Objects. */
  readonly objects: number;
  /** Where that is from, in words. */
  readonly basis: string;
}

/** What a month of a host's backups costs, once as many are kept as ever will be. */
export interface Cost {
  /** US dollars; undefined where there is no price for the region and the storage class. */
  readonly dollars: number | undefined;
  readonly storageClass: string;
  /** What is stored each day. */
  readonly daily: Daily;
  /** Bytes that are stored in all. */
  readonly storedBytes: number;
  /** For how many days each object is billed. */
  readonly billedDays: number;
  /** The day of the prices, and where they are from. */
  readonly prices: string;
  /** What to think of. */
  readonly warnings: readonly string[];
}

/** What one backup a day stores, if a full one has `fullBytes`: all of it, or what changed and what is due to be sent anew. */
export function assumedDaily({ retention: { refreshDays }, partSize }: Host, fullBytes: number): Daily {
  const part = refreshDays === 0 ? 1 : Math.min(1, 1 / refreshDays + CHANGED);
  const bytes = Math.round(fullBytes * part);
  return {
    bytes,
    objects: Math.ceil(bytes / partSize) + OTHER_OBJECTS,
    basis: refreshDays === 0
      ? "if a backup has as much as --size says"
      : `if a full backup has as much as --size says, of which one part in ${refreshDays} is sent anew and ` +
        `${CHANGED * 100} % change in a day`,
  };
}

/**
 * What a host has stored in a day, as the owner finds it in the bucket; undefined where there is nothing yet. It asks
 * for a list of all that the host has there.
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

/** Works out what a month costs at Amazon. */
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

function warnings(storageClass: string, kept: number): string[] {
  const minimum = MINIMUM_DAYS[storageClass] ?? 0;
  return [
    ...(kept < minimum
      ? [`${storageClass} is billed for ${minimum} days at least, and objects are kept for ${kept}`]
      : []),
    ...(ARCHIVED.includes(storageClass)
      ? [
        `objects of ${storageClass} have to be brought back before they are read: list, verify and restore cannot ` +
        "read them until then",
      ]
      : []),
  ];
}
