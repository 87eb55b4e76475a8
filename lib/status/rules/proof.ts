import { lastReading, readingOverdue, type VerifiedRecord } from "../../app/verified_record.ts";
import type { Threshold } from "../../config/alerts.ts";
import { DAY_MS } from "../../model/day.ts";
import { formatNumber } from "../../model/format.ts";
import { lengthOfTime } from "../../model/length_of_time.ts";
import { shellWord } from "../../model/shell.ts";
import { type Case, type Found, type Severity, worst } from "./rule.ts";

/**
 * Reports content that was not read for a long time, or in which reading found damage, in the store or in a mirror. A mirror that
 * was never read is no finding: `verify --no-mirrors` leaves mirrors out.
 */
export function verified(it: Case): Found {
  const { facts: { host, verified: record, mirrors }, thresholds: { verified: limits }, now } = it;
  if (limits === false) return;
  const found = mirrors.map(({ name, verified }) =>
    reading(verified, limits, now, {
      where: ` in the mirror ${name}`,
      command: `nightdrop verify ${shellWord(host)} --store ${shellWord(name)}`,
    })
  );
  if (record === undefined || lastReading(record) === undefined) {
    found.unshift(never(it, limits, "No verification of the content is recorded on this machine", VERIFY));
  }
  return worst([reading(record, limits, now, STORE), ...found]);
}

/** Place whose content was read, in words, and the command that reads it. */
interface Place {
  readonly where: string;
  readonly command: string;
}

const STORE: Place = { where: "", command: "nightdrop verify" };

/** Returns the finding about what is recorded of a place; undefined if nothing of it was read. */
function reading(
  record: VerifiedRecord | undefined,
  limits: Threshold,
  now: Date,
  place: Place,
): Found {
  if (record?.damage) return damaged(record.damage, place);
  const last = record && lastReading(record);
  if (record === undefined || last === undefined) return;
  const overdue = readingOverdue(record, now);
  if (overdue > ageOf(last, now)) return partly(overdue, limits, place);
  const remedy = `Run \`${place.command}\`. ${NIGHTLY}`;
  return tooOld(ageOf(last, now), limits, `The content${place.where} was last read`, remedy);
}

/** Reports that no restore was rehearsed for a long time, or that the last drill failed. */
export function drilled(it: Case): Found {
  const { facts: { drilled: record }, thresholds: { drilled: limits }, now } = it;
  if (limits === false) return;
  if (record?.result === "failed") {
    return {
      severity: "critical",
      what: `The last drill failed: ${formatNumber(record.checks.failed, "check")} on ${dayOf(record.at)}`,
      remedy:
        "Run `nightdrop drill` again and look at what it names. `nightdrop verify` finds the damaged objects",
    };
  }
  if (record === undefined || record.passed === null) {
    return never(it, limits, "No drill that passed is recorded on this machine", DRILL);
  }
  return tooOld(ageOf(record.passed, now), limits, "A drill last passed", DRILL);
}

const NIGHTLY = "To run it every night, see `nightdrop schedule --trusted`";
const VERIFY = `Run \`nightdrop verify\`. ${NIGHTLY}`;
const DRILL = "Run `nightdrop drill` with the private key: it restores a sample and compares it";

type Damaged = NonNullable<VerifiedRecord["damage"]>;

function damaged({ at, findings }: Damaged, { where, command }: Place): Found {
  return {
    severity: "critical",
    what: `Reading the content${where} found damage on ${dayOf(at)}: ${formatNumber(findings, "finding")}`,
    remedy: `Run \`${command}\` without --subset: it names each object, and the alert ends when all are good`,
  };
}

function partly(overdue: number, limits: Threshold, { where, command }: Place): Found {
  const severity = severityOfAge(overdue, limits);
  return severity && {
    severity,
    what: `The turn of some objects${where} to be read was missed, ${lengthOfTime(overdue)} ago`,
    remedy: `Run \`${command}\` once without --subset: it reads everything`,
  };
}

function tooOld(age: number, limits: Threshold, what: string, remedy: string): Found {
  const severity = severityOfAge(age, limits);
  return severity && { severity, what: `${what} ${lengthOfTime(age)} ago`, remedy };
}

/** Returns the severity of an age in milliseconds. The thresholds are days. */
export function severityOfAge(age: number, { warning, critical }: Threshold): Severity | undefined {
  if (age > critical * DAY_MS) return "critical";
  return age > warning * DAY_MS ? "warning" : undefined;
}

function ageOf(time: string, now: Date): number {
  return now.getTime() - Date.parse(time);
}

/**
 * Counts from the first snapshot in the store. It is never critical: if the owner has never done this, all
 * hosts would be critical at the first run of `status`, and hide those that need attention.
 */
function never(
  { facts: { nights: [first] }, now }: Case,
  limits: Threshold,
  what: string,
  remedy: string,
): Found {
  if (first === undefined || now.getTime() - first.storedAt.getTime() <= limits.warning * DAY_MS) return;
  return { severity: "warning", what, remedy };
}

function dayOf(time: string): string {
  return time.slice(0, 10);
}
