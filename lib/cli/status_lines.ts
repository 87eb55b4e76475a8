import { asStarted } from "./invocation.ts";
import { oneLine, printable } from "../model/printable.ts";
import { lastReading, readSince, type VerifiedRecord } from "../app/verified_record.ts";
import { isComplete } from "../snapshots/night.ts";
import type { MirrorFacts } from "../status/facts.ts";
import { drilledText, verifiedText } from "../status/proof.ts";
import { lengthOfTime } from "../model/length_of_time.ts";
import type { HostStatus } from "../status/status.ts";
import type { Stranger } from "../status/strangers.ts";
import { headline } from "../status/headline.ts";
import { oldKeyTexts } from "../status/old_keys.ts";
import { formatBytes, formatCount, formatNumber, formatTime } from "./format.ts";

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
  const hasMirrors = statuses.some((it) => it.state !== "unknown" && it.facts.mirrors.length > 0);
  const titles = hasMirrors ? [...COLUMNS, "MIRRORS VERIFIED"] : COLUMNS;
  const widths = titles.map((title, at) =>
    Math.max(title.length, ...rows.map((cells) => cells[at]?.length ?? 0))
  );
  const line = (cells: readonly string[]): string =>
    cells.map((cell, at) => cell.padEnd(widths[at]!)).join("  ").trimEnd();
  return [
    line(titles),
    ...statuses.flatMap((it, at) => [line(rows[at]!), ...detailLines(it), ...oldKeyLines(it)]),
  ];
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
    facts.mirrors.map(({ name, verified }) => `${name} ${verifiedText(verified)}`).join(", "),
  ];
}

function detailLines(it: HostStatus): string[] {
  if (it.state === "unknown") return [`  could not be checked: ${oneLine(it.error)}`];
  return it.alerts.flatMap(({ rule, severity, what, remedy }) => [
    `  ${severity}: ${rule}: ${oneLine(what)}`,
    `    ${asStarted(remedy)}`,
  ]);
}

function oldKeyLines(it: HostStatus): string[] {
  if (it.state === "unknown") return [];
  return oldKeyTexts(it.facts.oldKeys).map((text) => `  note: ${oneLine(text)}`);
}

/** Hosts in trouble that a summary shows, and names in one of its lines. */
const [MAX_GROUPS, MAX_NAMES] = [50, 5];

/**
 * Returns a text for a mail: one sentence, the hosts that need attention with what to do, and how many others there are.
 * Hosts with the same alerts are shown together.
 *
 * @param statuses The worst first.
 */
export function summaryLines(
  statuses: readonly HostStatus[],
  unknown: readonly Stranger[],
  now: Date,
): string[] {
  const trouble = statuses.filter(({ state }) => state !== "good");
  const groups = [...Map.groupBy(trouble, (it) => `${it.state}\n${detailLines(it).join("\n")}`).values()];
  const hidden = groups.slice(MAX_GROUPS).flat().length;
  const good = statuses.length - trouble.length;
  return [
    headline(statuses, unknown, now),
    ...groups.slice(0, MAX_GROUPS).flatMap((group) => [
      "",
      `${few(group.map(({ host }) => host))}: ${group[0]!.state}`,
      ...detailLines(group[0]!),
    ]),
    ...(hidden === 0 ? [] : ["", `${formatNumber(hidden, "more host")} that need attention`]),
    ...unknown.map(({ name, place }) =>
      `${place} holds snapshots of "${printable(name)}", which your config does not name`
    ),
    ...(good === 0 || trouble.length === 0 ? [] : ["", `${formatNumber(good, "other host")} in good state`]),
  ];
}

function few(names: readonly string[]): string {
  const more = names.length - MAX_NAMES;
  return more > 0 ? `${names.slice(0, MAX_NAMES).join(", ")} and ${more} more` : names.join(", ");
}

/** Returns what `status --json` prints of a host. Times are RFC 3339 in UTC, sizes are bytes. */
export function statusRecord(it: HostStatus): object {
  if (it.state === "unknown") {
    return { event: "status", host: it.host, state: it.state, error: printable(it.error) };
  }
  const { nights, stored, restorableUntil, oldKeys, pinned, verified, drilled, mirrors } = it.facts;
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
    ...(oldKeys.length > 0 && { oldKeys }),
    ...(verified && { verified: verifiedRecord(verified) }),
    ...(drilled && { drilled: { at: drilled.at, result: drilled.result, passed: drilled.passed } }),
    ...(mirrors.length > 0 && { mirrors: mirrors.map(mirrorRecord) }),
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

function mirrorRecord({ name, error, lacked, verified }: MirrorFacts): object {
  return {
    name,
    ...(error === undefined ? { lacked: lacked.length } : { error: printable(error) }),
    ...(verified && { verified: verifiedRecord(verified) }),
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
  return { event: "fleet", at: now.toISOString(), ...fleetValues(statuses, unknown) };
}

/** Returns the numbers of hosts by their state. */
export function fleetValues(
  statuses: readonly HostStatus[],
  unknown: readonly Stranger[],
): Readonly<Record<string, number>> {
  const count = (state: HostStatus["state"]): number => statuses.filter((it) => it.state === state).length;
  return {
    hosts: statuses.length,
    good: count("good"),
    warning: count("warning"),
    critical: count("critical"),
    unknown: count("unknown"),
    strangers: unknown.length,
  };
}

/** Returns the alerts of a host, or why it could not be checked, for a webhook. */
export function findingsOf(it: HostStatus): object[] {
  const { host } = it;
  if (it.state === "unknown") return [{ host, severity: "unknown", what: printable(it.error) }];
  return it.alerts.map((alert) => ({ host, ...alert, what: printable(alert.what) }));
}
