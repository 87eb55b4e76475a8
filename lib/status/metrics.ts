/**
 * Metrics of a fleet in the text format of Prometheus, for the textfile collector of its node exporter
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).
 *
 * @module
 */
import { lastReading, readSince } from "../app/verified_record.ts";
import { exposition, type Metric, type Sample } from "../notify/exposition.ts";
import type { HostFacts, MirrorFacts } from "./facts.ts";
import { isComplete, type Night, sealedRatio } from "../snapshots/night.ts";
import { RULES } from "./rules.ts";
import type { HostState, HostStatus } from "./status.ts";

const STATES: readonly HostState[] = ["good", "warning", "critical", "unknown"];

/** Returns the metrics of a fleet. Times are seconds since 1970, sizes are bytes. Long because it lists all metrics. */
export function fleetMetrics(statuses: readonly HostStatus[], now: Date): string {
  const known = statuses.flatMap((it) => it.state === "unknown" ? [] : [it.facts]);
  const gauge = (name: string, help: string, value: (facts: HostFacts) => number | undefined): Metric => ({
    name: `nightdrop_fleet_${name}`,
    help,
    samples: known.flatMap((facts) => sample({ host: facts.host }, value(facts))),
  });
  const mirrorGauge = (
    name: string,
    help: string,
    value: (facts: MirrorFacts) => number | undefined,
  ): Metric => ({
    name: `nightdrop_fleet_${name}`,
    help,
    samples: known.flatMap(({ host, mirrors }) =>
      mirrors.flatMap((it) => sample({ host, mirror: it.name }, value(it)))
    ),
  });
  const last = (value: (night: Night) => number) => ({ nights }: HostFacts): number | undefined => {
    const night = nights.at(-1);
    return night === undefined ? undefined : value(night);
  };
  return exposition([
    {
      name: "nightdrop_fleet_written_timestamp_seconds",
      help: "When this was written.",
      samples: [{ labels: {}, value: seconds(now) }],
    },
    {
      name: "nightdrop_fleet_state",
      help: "State of a host: 0 good, 1 warning, 2 critical, 3 unknown.",
      samples: statuses.map(({ host, state }) => ({ labels: { host }, value: STATES.indexOf(state) })),
    },
    gauge(
      "last_complete_timestamp_seconds",
      "When the store took the last complete snapshot.",
      ({ nights }) => {
        const night = nights.findLast(isComplete);
        return night === undefined ? undefined : seconds(night.storedAt);
      },
    ),
    gauge("snapshots", "Snapshots in the store.", ({ nights }) => nights.length),
    gauge("entries", "Entries of the last snapshot.", last(({ entries }) => entries)),
    gauge("content_bytes", "Bytes of file content of the last snapshot.", last(({ bytes }) => bytes)),
    gauge("sent_bytes", "Bytes of file content that the last run sent.", last(({ sent }) => sent.bytes)),
    gauge("sealed_ratio", "Sealed bytes beside plain bytes of the last run.", last(sealedRatio)),
    gauge("unread", "Paths that the last run could not read.", last(({ unread }) => unread)),
    gauge("stored_bytes", "Bytes of all snapshots in the store.", ({ stored }) => stored),
    gauge(
      "restorable_until_timestamp_seconds",
      "Until when the last complete snapshot can be restored.",
      ({ restorableUntil }) => restorableUntil === undefined ? undefined : seconds(new Date(restorableUntil)),
    ),
    gauge(
      "verified_timestamp_seconds",
      "When content was last read by verify.",
      ({ verified }) => recorded(verified && lastReading(verified)),
    ),
    gauge(
      "verified_all_since_timestamp_seconds",
      "Since when every object that was stored before has been read by verify.",
      ({ verified }) => recorded(verified && readSince(verified)),
    ),
    mirrorGauge(
      "mirror_verified_timestamp_seconds",
      "When content in a mirror was last read by verify.",
      ({ verified }) => recorded(verified && lastReading(verified)),
    ),
    mirrorGauge(
      "mirror_verified_all_since_timestamp_seconds",
      "Since when every object that was in a mirror before has been read by verify.",
      ({ verified }) => recorded(verified && readSince(verified)),
    ),
    gauge(
      "drilled_timestamp_seconds",
      "When a drill last passed.",
      ({ drilled }) => recorded(drilled?.passed),
    ),
    {
      name: "nightdrop_fleet_findings",
      help: "Findings of a rule.",
      samples: statuses.flatMap(findingSamples),
    },
  ]);
}

/** Returns a series for each rule, so that the series of an alert that ends is 0 and does not vanish. */
function findingSamples(status: HostStatus): Sample[] {
  if (status.state === "unknown") return [];
  return Object.keys(RULES).flatMap((rule) =>
    (["warning", "critical"] as const).map((severity) => ({
      labels: { host: status.host, rule, severity },
      value: status.alerts.filter((it) => it.rule === rule && it.severity === severity).length,
    }))
  );
}

function sample(labels: Readonly<Record<string, string>>, value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ labels, value }];
}

function recorded(time: string | null | undefined): number | undefined {
  return typeof time === "string" ? seconds(new Date(time)) : undefined;
}

function seconds(time: Date): number {
  return time.getTime() / 1000;
}
