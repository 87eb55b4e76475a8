/** Made-up hosts, as the owner's side sees them. */
import { type Alerts, DEFAULT_ALERTS } from "../../lib/config/alerts.ts";
import { DAY_MS } from "../../lib/model/day.ts";
import type { HostFacts } from "../../lib/status/facts.ts";
import type { Night } from "../../lib/status/night.ts";
import { type Alert, alertsOf, usualInterval } from "../../lib/status/rules.ts";

export const SIGNER = "ab".repeat(20);
export const RECIPIENT = "cd".repeat(20);

/** Begin of all made-up times. */
export const FIRST = Date.parse("2026-05-01T05:00:00Z");

/** Snapshot of the night `at`, as healthy as can be. */
export function night(at: number, changes: Partial<Night> = {}): Night {
  const storedAt = new Date(FIRST + at * DAY_MS);
  return {
    id: `${storedAt.toISOString().replace(/[-:]|\.\d+/g, "")}-${String(at).padStart(16, "0")}`,
    storedAt,
    duration: 60_000,
    entries: 10_000,
    bytes: 1e9,
    sent: { entries: 100, bytes: 1e7 },
    unread: 0,
    plain: 1.1e7,
    sealed: 4e6,
    stored: 4.1e6,
    signer: SIGNER,
    recipients: [RECIPIENT],
    program: "nightdrop/0.2.0",
    ...changes,
  };
}

/** So many healthy nights. */
export function nights(count: number): Night[] {
  return Array.from({ length: count }, (_, at) => night(at));
}

/** Facts of a host of which all is well but `changes`. */
export function facts(changes: Partial<HostFacts> = {}): HostFacts {
  return {
    host: "web1.example.org",
    nights: nights(30),
    findings: [],
    restorableUntil: "2027-01-01",
    stored: 1e9,
    recipients: [{ fingerprint: RECIPIENT, expires: undefined }],
    pinned: true,
    ...changes,
  };
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

/** Alerts as `rule: severity`. */
export function named(found: readonly Alert[]): string[] {
  return found.map(({ rule, severity }) => `${rule}: ${severity}`);
}
