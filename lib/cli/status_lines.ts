import { asStarted } from "./invocation.ts";
import { oneLine, printable } from "../model/printable.ts";
import { lastReading, readSince, type VerifiedRecord } from "../app/verified_record.ts";
import { isComplete } from "../status/night.ts";
import { drilledText, verifiedText } from "../status/proof.ts";
import { lengthOfTime } from "../model/length_of_time.ts";
import type { HostStatus } from "../status/status.ts";
import type { Stranger } from "../status/strangers.ts";
import { formatBytes, formatCount, formatTime } from "./format.ts";

const COLUMNS = [
  "HOST",
  "STATE",
  "LAST COMPLETE (UTC)",
  "AGE",
  "ENTRIES",
  "CONTENT",
  "STORED",
  "RESTORABLE UNTIL",
  "VERIFIED",
  "DRILLED",
] as const;

type Known = Exclude<HostStatus, { state: "unknown" }>;

/** Returns the table of `status`, one row for each host, and its alerts below it. */
export function statusLines(statuses: readonly HostStatus[], now: Date): string[] {
  const rows = statuses.map((it) => it.state === "unknown" ? [it.host, it.state] : row(it, now));
  const widths = COLUMNS.map((title, at) =>
    Math.max(title.length, ...rows.map((cells) => cells[at]?.length ?? 0))
  );
  const line = (cells: readonly string[]): string =>
    cells.map((cell, at) => cell.padEnd(widths[at]!)).join("  ").trimEnd();
  return [line(COLUMNS), ...statuses.flatMap((it, at) => [line(rows[at]!), ...detailLines(it)])];
}

function row({ host, state, facts }: Known, now: Date): string[] {
  const complete = facts.nights.findLast(isComplete);
  const last = facts.nights.at(-1);
  return [
    host,
    state,
    complete === undefined ? "never" : formatTime(complete.storedAt),
    complete === undefined ? "" : lengthOfTime(now.getTime() - complete.storedAt.getTime()),
    last === undefined ? "" : formatCount(last.entries),
    last === undefined ? "" : formatBytes(last.bytes),
    formatBytes(facts.stored),
    facts.restorableUntil ?? "",
    verifiedText(facts.verified),
    drilledText(facts.drilled),
  ];
}

function detailLines(it: HostStatus): string[] {
  if (it.state === "unknown") return [`  could not be checked: ${oneLine(it.error)}`];
  return it.alerts.flatMap(({ rule, severity, what, remedy }) => [
    `  ${severity}: ${rule}: ${oneLine(what)}`,
    `    ${asStarted(remedy)}`,
  ]);
}

/** Returns what `status --json` prints of a host. Times are RFC 3339 in UTC, sizes are bytes. */
export function statusRecord(it: HostStatus): object {
  if (it.state === "unknown") {
    return { event: "status", host: it.host, state: it.state, error: printable(it.error) };
  }
  const { nights, stored, restorableUntil, pinned, verified, drilled } = it.facts;
  const last = nights.at(-1);
  const complete = nights.findLast(isComplete);
  return {
    event: "status",
    host: it.host,
    state: it.state,
    alerts: it.alerts.map((alert) => ({ ...alert, what: printable(alert.what) })),
    snapshots: nights.length,
    pinned,
    stored,
    ...(complete && { lastComplete: complete.storedAt.toISOString() }),
    ...(restorableUntil !== undefined && { restorableUntil }),
    ...(verified && { verified: verifiedRecord(verified) }),
    ...(drilled && { drilled: { at: drilled.at, result: drilled.result, passed: drilled.passed } }),
    ...(last && {
      last: {
        snapshot: last.id,
        storedAt: last.storedAt.toISOString(),
        seconds: last.duration / 1000,
        entries: last.entries,
        bytes: last.bytes,
        sent: last.sent,
        plain: last.plain,
        sealed: last.sealed,
        unread: last.unread,
        signer: last.signer,
        recipients: last.recipients,
        program: printable(last.program),
      },
    }),
  };
}

/** Returns what is recorded of verifications: the last one, and when content was read. */
function verifiedRecord(record: VerifiedRecord): object {
  const { at, kind, result, findings, damage } = record;
  return {
    at,
    kind,
    result,
    findings,
    read: lastReading(record) ?? null,
    allReadSince: readSince(record) ?? null,
    damage,
  };
}

/** Returns the last object of `status --json`. */
export function fleetRecord(
  statuses: readonly HostStatus[],
  unknown: readonly Stranger[],
  now: Date,
): object {
  const count = (state: HostStatus["state"]): number => statuses.filter((it) => it.state === state).length;
  return {
    event: "fleet",
    at: now.toISOString(),
    hosts: statuses.length,
    good: count("good"),
    warning: count("warning"),
    critical: count("critical"),
    unknown: count("unknown"),
    strangers: unknown.length,
  };
}
