import type { Alerts, Threshold } from "../../config/alerts.ts";
import type { HostFacts } from "../facts.ts";

/** How bad a finding is. */
export type Severity = "warning" | "critical";

/** What a rule is given. */
export interface Case {
  readonly facts: HostFacts;
  readonly thresholds: Alerts;
  /** How often a complete snapshot is due, in milliseconds. */
  readonly interval: number;
  readonly now: Date;
}

/** What a rule found; undefined for nothing. */
export type Found = {
  readonly severity: Severity;
  /** What was seen, as one sentence without a full stop. */
  readonly what: string;
  /** What to do, as an imperative. */
  readonly remedy: string;
} | undefined;

/** Returns how bad a value is that should be small. */
export function severityOf(value: number, { warning, critical }: Threshold): Severity | undefined {
  if (value >= critical) return "critical";
  return value >= warning ? "warning" : undefined;
}

/** Returns a part of a whole, such as `12 %`. */
export function percent(part: number): string {
  return `${Math.round(100 * part)} %`;
}
