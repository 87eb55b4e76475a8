import type { Threshold } from "../../config/alerts.ts";
import { formatNumber } from "../../model/format.ts";
import { lengthOfTime } from "../../model/length_of_time.ts";
import { shellWord } from "../../model/shell.ts";
import type { MirrorFacts } from "../facts.ts";
import { findingsFound } from "./integrity.ts";
import { severityOfAge } from "./proof.ts";
import { type Case, type Found, worst } from "./rule.ts";

/** Reports mirrors that cannot be read, are damaged or lag behind: the worst finding. */
export function mirrored({ facts: { host, mirrors }, thresholds: { mirrored: limits }, now }: Case): Found {
  if (limits === false) return;
  return worst(mirrors.map((it) => problemOf(it, host, limits, now)));
}

function problemOf(
  { name, error, findings, lacked }: MirrorFacts,
  host: string,
  limits: Threshold,
  now: Date,
): Found {
  const remedy = `Run \`nightdrop verify ${shellWord(host)} --store ${shellWord(name)}\``;
  if (error !== undefined) {
    return { severity: "warning", what: `The mirror ${name} cannot be read: ${error}`, remedy };
  }
  const found = findingsFound(findings);
  const problem = found && { ...found, what: `In the mirror ${name}: ${found.what}`, remedy };
  return problem?.severity === "critical" ? problem : lag(name, lacked, limits, now) ?? problem;
}

function lag(name: string, lacked: MirrorFacts["lacked"], limits: Threshold, now: Date): Found {
  const [oldest] = lacked;
  if (oldest === undefined) return;
  const age = now.getTime() - oldest.storedAt.getTime();
  const severity = severityOfAge(age, limits);
  return severity && {
    severity,
    what: `The mirror ${name} lacks ${formatNumber(lacked.length, "snapshot")}, the oldest for ${
      lengthOfTime(age)
    }`,
    remedy: `Run \`nightdrop mirror --to ${shellWord(name)}\``,
  };
}
