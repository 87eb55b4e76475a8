import { lengthOfTime } from "../../model/length_of_time.ts";
import { churnOf, sealedRatio } from "../../snapshots/night.ts";
import { usual } from "../trend.ts";
import { type Case, type Found, percent } from "./rule.ts";

/** Minimum number of entries for which churn is significant. */
const CHURN_ENTRIES = 1000;

/**
 * Minimum milliseconds by which a run must be longer than usual. The duration of short runs varies by any
 * factor.
 */
const LONGER_BY_MS = 10 * 60 * 1000;

/** Reports a run that sent much more than usual, as after the encryption of files. */
export function churn({ facts: { nights }, thresholds: { churn } }: Case): Found {
  const last = nights.at(-1);
  if (churn === false || last === undefined || last.entries < CHURN_ENTRIES) return;
  const before = usual(nights.map(churnOf));
  const part = churnOf(last);
  if (before === undefined || part <= churn.share || part <= churn.times * before) return;
  const ratios = nights.filter(({ plain }) => plain > 0).map(sealedRatio);
  const ratio = sealedRatio(last);
  const looksEncrypted = ratio >= churn.sealed && ratio - (usual(ratios) ?? ratio) >= churn.above;
  const sent = `${last.sent.entries} of ${last.entries} entries changed, usually ${percent(before)}`;
  return {
    severity: looksEncrypted ? "critical" : "warning",
    what: looksEncrypted
      ? `${sent}, and their content does not compress any more: it may be encrypted`
      : sent,
    remedy: "Look at the host before its older snapshots expire. `nightdrop files` shows what was sent",
  };
}

/** Reports a run that took much longer than usual. */
export function duration({ facts: { nights }, thresholds: { duration } }: Case): Found {
  const last = nights.at(-1);
  const before = usual(nights.map((night) => night.duration));
  if (duration === false || last === undefined || before === undefined) return;
  if (last.duration <= Math.max(duration.warning * before, before + LONGER_BY_MS)) return;
  return {
    severity: "warning",
    what: `The last backup took ${lengthOfTime(last.duration)}, usually ${lengthOfTime(before)}`,
    remedy: "Look at the host's load, its disks and its connection",
  };
}
