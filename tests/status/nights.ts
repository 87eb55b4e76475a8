/** Healthy hosts, and what the rules say of others. */
import { type Alerts, DEFAULT_ALERTS } from "../../lib/config/alerts.ts";
import { DAY_MS } from "../../lib/model/day.ts";
import type { HostFacts } from "../../lib/status/facts.ts";
import type { Night } from "../../lib/snapshots/night.ts";
import { type Alert, alertsOf, usualInterval } from "../../lib/status/rules.ts";
import { factsOf, FIRST, night } from "../../scripts/simulate/fleet.ts";

/** So many healthy nights. */
export function nights(count: number): Night[] {
  return Array.from({ length: count }, (_, at) => night(at));
}

/** Facts of a host of which all is well but `changes`. */
export function facts(changes: Partial<HostFacts> = {}): HostFacts {
  return { ...factsOf("web1.example.org", nights(30)), stored: 1e9, ...changes };
}

/** Alerts on the morning after the last of 30 nights, or so many hours after it. */
export function alerts(it: HostFacts, { hours = 3, thresholds = {} }: {
  readonly hours?: number;
  readonly thresholds?: Partial<Alerts>;
} = {}): Alert[] {
  const now = new Date(FIRST + 29 * DAY_MS + hours * 3_600_000);
  const interval = usualInterval(it.nights);
  return alertsOf({ facts: it, thresholds: { ...DEFAULT_ALERTS, ...thresholds }, interval, now });
}

/** Records of a machine on which nothing was verified or drilled. */
export const NO_RECORDS = { verified: () => undefined, drilled: () => undefined };

/** Alerts as `rule: severity`. */
export function named(found: readonly Alert[]): string[] {
  return found.map(({ rule, severity }) => `${rule}: ${severity}`);
}

export { FIRST, night, RECIPIENT } from "../../scripts/simulate/fleet.ts";
