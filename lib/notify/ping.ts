/** What a ping tells: a run begins, a backup is complete, or anything else. */
export type PingState = "start" | "success" | "fail";

/**
 * The URL that is asked for: the way of healthchecks.io ("Pinging API") and those that do as it does. `/start` and
 * `/fail` go behind the path and before a query.
 */
export function pingUrl(base: URL, state: PingState): URL {
  const url = new URL(base);
  if (state !== "success") url.pathname = `${url.pathname.replace(/\/$/, "")}/${state}`;
  return url;
}
