import type { Host } from "./config/types.ts";
import { bucketOf } from "./owners.ts";
import { ARCHIVED, MINIMUM_DAYS, PRICES, PRICES_FROM, PRICES_OF } from "./prices.ts";
import { expiryDays } from "./store/vault/description.ts";

const GIB = 1024 ** 3;

/** The mean of a year's. */
const DAYS_IN_MONTH = 365 / 12;

/** An older version goes a day after it has expired: see `noncurrentDays`. */
const NONCURRENT_DAYS = 1;

/** What a month of a host's backups costs, once as many are kept as ever will be. */
export interface Cost {
  /** US dollars; undefined where there is no price for the region and the storage class. */
  readonly dollars: number | undefined;
  readonly storageClass: string;
  /** Bytes of one backup as it is stored, one of which is made each day. */
  readonly backupBytes: number;
  /** Bytes that are stored in all. */
  readonly storedBytes: number;
  /** For how many days each object is billed. */
  readonly billedDays: number;
  /** The day of the prices, and where they are from. */
  readonly prices: string;
  /** What to think of. */
  readonly warnings: readonly string[];
}

/** Works out what a month costs at Amazon when each day's backup is stored in `backupBytes`. */
export function monthlyCost(host: Host, backupBytes: number): Cost {
  const { region, storageClass = "STANDARD" } = bucketOf(host);
  const kept = expiryDays(host.retention) + NONCURRENT_DAYS;
  const billedDays = Math.max(kept, MINIMUM_DAYS[storageClass] ?? 0);
  const price = PRICES[region]?.[storageClass];
  const puts = DAYS_IN_MONTH * (Math.ceil(backupBytes / host.partSize) + 2);
  return {
    dollars: price && (backupBytes * billedDays / GIB) * price.gibMonth + (puts / 1000) * price.thousandPuts,
    storageClass,
    backupBytes,
    storedBytes: backupBytes * kept,
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
