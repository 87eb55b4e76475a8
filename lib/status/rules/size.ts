import type { Alerts, Threshold } from "../../config/alerts.ts";
import { isComplete, type Night } from "../../snapshots/night.ts";
import { usual } from "../trend.ts";
import { type Case, type Found, percent } from "./rule.ts";

/** Reports a tree with much fewer entries than usual. */
export const entries = shrunk("entries", ({ entries }) => entries, ({ entries }) => entries);

/** Reports a tree with much less content than usual. */
export const bytes = shrunk("bytes of content", ({ bytes }) => bytes, ({ bytes }) => bytes);

/**
 * Returns a rule that reports a smaller tree than usual. It ignores incomplete snapshots, which another rule
 * reports.
 */
function shrunk(
  noun: string,
  value: (night: Night) => number,
  threshold: (thresholds: Alerts) => Threshold | false,
): (it: Case) => Found {
  return ({ facts, thresholds }) => {
    const limits = threshold(thresholds);
    const values = facts.nights.filter(isComplete).map(value);
    const before = usual(values);
    if (limits === false || before === undefined || before === 0) return undefined;
    const now = values.at(-1)!;
    const part = now / before;
    if (part >= limits.warning) return undefined;
    return {
      severity: part < limits.critical ? "critical" : "warning",
      what: `The last complete snapshot has ${now} ${noun}, ${percent(part)} of the usual ${
        Math.round(before)
      }`,
      remedy: "Look whether a disk is not mounted or something was removed. Older snapshots still hold it",
    };
  };
}
