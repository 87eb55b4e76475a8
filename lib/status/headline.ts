import type { HostStatus } from "./status.ts";
import type { Stranger } from "./strangers.ts";

/** Hosts of the stores that the config does not name. */
export type Strangers = readonly Stranger[];

/** Returns one sentence: how many hosts need attention, and when that was written. */
export function headline(statuses: readonly HostStatus[], strangers: Strangers, now: Date): string {
  const bad = statuses.filter(({ state }) => state !== "good").length;
  const all = statuses.length.toLocaleString("en-US");
  const noun = statuses.length === 1 ? "host" : "hosts";
  const head = bad > 0
    ? `${bad.toLocaleString("en-US")} of ${all} ${noun} ${bad === 1 ? "needs" : "need"} attention`
    : statuses.length === 1
    ? "The host is good"
    : `All ${all} hosts are good`;
  const more = strangers.length === 0 ? "" : `, ${strangers.length} in the stores are not in your config`;
  return `${head}${more}; written ${now.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
