import type { Alerts, Threshold } from "../../config/alerts.ts";
import type { HostFacts } from "../facts.ts";

/** Severity of a finding. */
export type Severity = "warning" | "critical";

/** Input of a rule. */
export interface Case {
  readonly facts: HostFacts;
  readonly thresholds: Alerts;
  /** Interval in milliseconds at which a complete snapshot is due. */
  readonly interval: number;
  readonly now: Date;
}

/** Finding of a rule; undefined for none. */
export type Found = {
  readonly severity: Severity;
  /** Fact, as one sentence without a full stop. */
  readonly what: string;
  /** Next step, as an imperative. */
  readonly remedy: string;
} | undefined;

/** Returns the most severe of some findings, the first one of these. */
export function worst(found: readonly Found[]): Found {
  const all = found.filter((it) => it !== undefined);
  return all.find(({ severity }) => severity === "critical") ?? all[0];
}

/** Returns the severity of a value that should be small. */
export function severityOf(value: number, { warning, critical }: Threshold): Severity | undefined {
  if (value >= critical) return "critical";
  return value >= warning ? "warning" : undefined;
}

/** Returns a share in percent, such as `12 %`. */
export function percent(part: number): string {
  return `${Math.round(100 * part)} %`;
}
