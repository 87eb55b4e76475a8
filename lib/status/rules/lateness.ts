import { DAY_MS } from "../../model/day.ts";
import { lengthOfTime } from "../../model/length_of_time.ts";
import { isComplete } from "../../snapshots/night.ts";
import { type Case, type Found, severityOf } from "./rule.ts";

const HOUR_MS = 60 * 60 * 1000;

/** Minimum age in milliseconds that is critical: one missed night and a day off are no emergency. */
const CRITICAL_AGE_MS = 2 * DAY_MS;

/** Reports a last complete snapshot that is too old. */
export function age({ facts, thresholds: { age }, interval, now }: Case): Found {
  if (age === false) return;
  const last = facts.nights.findLast(isComplete);
  const remedy = "Run `backup` on the host and look at its journal: is it on, is the job installed?";
  if (last === undefined) {
    const what = facts.nights.length === 0 ? "There is no snapshot" : "There is no complete snapshot";
    return { severity: "critical", what, remedy };
  }
  const old = now.getTime() - last.storedAt.getTime();
  const severity = old > Math.max(age.critical * interval, CRITICAL_AGE_MS)
    ? "critical"
    : old > age.warning * interval + HOUR_MS
    ? "warning"
    : undefined;
  if (severity === undefined) return;
  const due = `one is due every ${lengthOfTime(interval)}`;
  return { severity, what: `The last complete snapshot is ${lengthOfTime(old)} old; ${due}`, remedy };
}

/** Reports a series of incomplete snapshots at the end. */
export function incomplete({ facts: { nights }, thresholds: { incomplete } }: Case): Found {
  if (incomplete === false) return;
  const streak = nights.length - 1 - nights.findLastIndex(isComplete);
  const severity = severityOf(streak, incomplete);
  if (severity === undefined) return;
  const { unread } = nights.at(-1)!;
  const which = streak === 1 ? "The last snapshot is" : `The last ${streak} snapshots are`;
  return {
    severity,
    what: `${which} incomplete: ${unread} paths could not be read`,
    remedy:
      "Run `backup --dry-run` on the host: it names each path. Exclude it, or mend what keeps it from being read",
  };
}
