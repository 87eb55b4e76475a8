/** State that a ping reports: a run started, a backup is complete, or anything else. */
export type PingState = "start" | "success" | "fail";

/**
 * Returns the URL to request for a state, as in the "Pinging API" of healthchecks.io: `/start` and `/fail` are appended
 * to the path, before a query.
 */
export function pingUrl(base: URL, state: PingState): URL {
  const url = new URL(base);
  if (state !== "success") url.pathname = `${url.pathname.replace(/\/$/, "")}/${state}`;
  return url;
}
