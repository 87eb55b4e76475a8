import type { Check } from "../drill/check.ts";
import type { HostDrill } from "../drill/drill.ts";
import { checksOf, type DrillReport } from "../drill/report.ts";
import { oneLine, printable } from "../model/printable.ts";
import { formatBytes, formatNumber } from "./format.ts";

const WORDS = { "ok": "ok", "failed": "FAILED", "not run": "NOT RUN" } as const;

const SUBJECTS = { receipt: "receipts", index: "the index", entry: "entries", dump: "dumps" } as const;

/** Reasons of one host that are listed. */
const MAX_LISTED = 10;

/** Hosts that the first line names. */
const MAX_NAMED = 5;

/** Returns a drill in one sentence. */
export function drillHeadline({ hosts, checks, seed }: DrillReport): string {
  const of = (state: HostDrill["state"]): string[] =>
    hosts.filter((it) => it.state === state).map(({ host }) => host);
  const [ok, failed, notRun] = [of("ok"), of("failed"), of("not run")];
  const parts = [
    ...(failed.length === 0 ? [] : [`${failed.length} FAILED (${few(failed)})`]),
    ...(notRun.length === 0 ? [] : [`${notRun.length} NOT RUN (${few(notRun)})`]),
    `${ok.length} ok`,
  ];
  const all = checks.ok + checks.failed + checks.notRun;
  return `Drill of ${formatNumber(hosts.length, "host")}: ${parts.join(", ")}; ` +
    `${checks.ok} of ${formatNumber(all, "check")} passed; seed ${seed}`;
}

/** Returns the lines of a host: what was looked at, and the checks that are not ok, those with one reason as one. */
export function hostLines(it: HostDrill): string[] {
  const groups = Map.groupBy(
    checksOf(it).filter(({ state }) => state !== "ok"),
    ({ state, reason }) => `${state} ${reason}`,
  );
  const more = groups.size - MAX_LISTED;
  return [
    `${it.host}: ${WORDS[it.state]}: ${figures(it)}`,
    ...[...groups.values()].slice(0, MAX_LISTED).map(([first, ...others]) =>
      `  ${checkLine(first!, others.length)}`
    ),
    ...(more > 0
      ? [`  … and checks with ${formatNumber(more, "more reason", "more reasons")}: see the report`]
      : []),
  ];
}

/** Checks of one kind of a snapshot, or of a host, that did not pass. */
export interface DrillFinding {
  readonly host: string;
  readonly snapshot?: string | undefined;
  readonly subject: Check["subject"];
  readonly state: Check["state"];
  readonly count: number;
  /** Reason of a check of receipts. Those of other checks may hold paths. */
  readonly reason?: string;
}

/** Returns the checks that are not ok, counted and without paths of files: for notifications, which leave the machine. */
export function drillFindings({ hosts }: DrillReport): DrillFinding[] {
  return hosts.flatMap((it) => {
    const kinds = Map.groupBy(
      checksOf(it).filter(({ state }) => state !== "ok"),
      ({ snapshot, subject, state, reason }) =>
        JSON.stringify([snapshot, subject, state, subject === "receipt" && reason]),
    );
    return [...kinds.values()].map((checks): DrillFinding => {
      const { snapshot, subject, state, reason } = checks[0]!;
      const why = subject === "receipt" && reason !== undefined ? { reason } : {};
      return { host: it.host, snapshot, subject, state, count: checks.length, ...why };
    });
  });
}

/** Returns a finding as a line for people. */
export function drillFindingLine({ host, snapshot, subject, state, count, reason }: DrillFinding): string {
  const where = snapshot === undefined ? host : `${host}/${printable(snapshot)}`;
  return `${WORDS[state]}: ${where}: ${formatNumber(count, "check")} of ${SUBJECTS[subject]}${
    reason === undefined ? "" : `: ${oneLine(reason)}`
  }`;
}

function figures({ drilled, seconds, snapshots }: HostDrill): string {
  const samples = drilled.map(({ sample }) => sample).filter((it) => it !== undefined);
  const sum = (of: (sample: typeof samples[number]) => number): number =>
    samples.reduce((total, sample) => total + of(sample), 0);
  const dumps =
    checksOf({ checks: [], drilled }).filter((it) => it.subject === "dump" && it.state === "ok").length;
  const drawn = sum(({ entries }) => entries);
  return [
    `${drilled.length} of ${formatNumber(snapshots, "snapshot")}`,
    `${drawn} of ${formatNumber(sum(({ ofEntries }) => ofEntries), "entry", "entries")} drawn (` +
    `${formatBytes(sum(({ bytes }) => bytes))} of ${formatBytes(sum(({ ofBytes }) => ofBytes))})`,
    `${sum(({ restored }) => restored.entries)} restored`,
    ...(dumps === 0 ? [] : [`${formatNumber(dumps, "dump")} checked`]),
    `${seconds.toFixed(1)} s`,
  ].join(", ");
}

function checkLine({ state, subject, snapshot, path, reason }: Check, others: number): string {
  const what = [subject, snapshot, path].filter((it) => it !== undefined).map(printable).join(" ");
  const more = others === 0 ? "" : ` and ${others} more`;
  return `${WORDS[state]}: ${what}${more}: ${oneLine(reason ?? "")}`;
}

function few(hosts: readonly string[]): string {
  const more = hosts.length - MAX_NAMED;
  return more > 0 ? `${hosts.slice(0, MAX_NAMED).join(", ")} and ${more} more` : hosts.join(", ");
}
