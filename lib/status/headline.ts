import { formatCount, formatMinute, formatNumber } from "../model/format.ts";
import type { HostStatus } from "./status.ts";
import type { Stranger } from "./strangers.ts";

/** Hosts in the stores that the config does not name. */
export type Strangers = readonly Stranger[];

/** Returns one sentence: the number of hosts that need attention, and the time of the report. */
export function headline(statuses: readonly HostStatus[], strangers: Strangers, now: Date): string {
  const bad = statuses.filter(({ state }) => state !== "good").length;
  const all = formatNumber(statuses.length, "host");
  const head = bad > 0
    ? `${formatCount(bad)} of ${all} ${bad === 1 ? "needs" : "need"} attention`
    : statuses.length === 1
    ? "The host is good"
    : `All ${all} are good`;
  const more = strangers.length === 0 ? "" : `, ${strangers.length} in the stores are not in your config`;
  return `${head}${more}; written ${formatMinute(now)}`;
}
