import { DAY_MS } from "../model/day.ts";
import type { Night } from "../snapshots/night.ts";
import { churn, duration } from "./rules/change.ts";
import { integrity } from "./rules/integrity.ts";
import { recipient, sealedTo, signer } from "./rules/keys.ts";
import { age, incomplete } from "./rules/lateness.ts";
import { mirrored } from "./rules/mirrored.ts";
import { drilled, verified } from "./rules/proof.ts";
import type { Case, Found, Severity } from "./rules/rule.ts";
import { bytes, entries } from "./rules/size.ts";
import { gaps, median, USUAL } from "./trend.ts";

/**
 * All rules, in the order in which their alerts are shown. They use signed receipts, the store's listing and
 * records of this machine, so no private key is needed.
 */
export const RULES = {
  integrity,
  age,
  incomplete,
  entries,
  bytes,
  churn,
  duration,
  verified,
  drilled,
  mirrored,
  recipient,
  sealedTo,
  signer,
} as const satisfies Readonly<Record<string, (it: Case) => Found>>;

/** Name of a rule. */
export type RuleName = keyof typeof RULES;

/** Fact that needs the owner's attention. */
export interface Alert extends NonNullable<Found> {
  /** Name of the rule that found it. */
  readonly rule: RuleName;
  readonly severity: Severity;
}

/** Applies all rules to one host. Critical alerts come first. */
export function alertsOf(it: Case): Alert[] {
  const alerts = (Object.keys(RULES) as RuleName[]).flatMap((rule) => {
    const found: Found = RULES[rule](it);
    return found === undefined ? [] : [{ rule, ...found }];
  });
  return [...alerts.filter(isCritical), ...alerts.filter((alert) => !isCritical(alert))];
}

function isCritical({ severity }: Alert): boolean {
  return severity === "critical";
}

/**
 * Returns the interval between complete snapshots if the config has none: the median of the last 14 gaps,
 * else a day.
 */
export function usualInterval(nights: readonly Night[]): number {
  return median(gaps(nights.map(({ storedAt }) => storedAt.getTime())).slice(-USUAL)) ?? DAY_MS;
}
