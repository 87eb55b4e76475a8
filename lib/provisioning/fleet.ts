import type { Host } from "../config/types.ts";
import { bucketOf } from "./owner_clients.ts";

/** Hosts that are seen to at once: enough for Amazon to answer a thousand in seconds, and few enough for its limits. */
const AT_ONCE = 24;

/**
 * Does `work` for each host, many at once, but one after the other where they share a bucket: its lifecycle and its
 * policy are read, changed and written as a whole. A failure of one does not keep the others from their turn.
 *
 * @param work Has to deal with its own failures: what it throws ends the whole.
 */
export async function forEachHost(
  hosts: Iterable<Host>,
  work: (host: Host) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const queue = Map.groupBy(hosts, bucketKey).values();
  const worker = async (): Promise<void> => {
    for (const sharing of queue) {
      for (const host of sharing) {
        signal.throwIfAborted();
        await work(host);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** The buckets, with their directories, that more than one host puts into. */
export function sharedPlaces(hosts: Iterable<Host>): Map<string, Host[]> {
  const places = Map.groupBy(hosts, ({ name, store }) => {
    if (store.kind !== "s3") return name;
    return `s3://${store.bucket}/${store.prefix}${
      store.endpoint === undefined ? "" : ` at ${store.endpoint}`
    }`;
  });
  return new Map([...places].filter(([, sharing]) => sharing.length > 1));
}

/** Hosts without a bucket share nothing: what is wrong with them is said in their turn. */
function bucketKey(host: Host): string {
  if (host.store.kind !== "s3") return `host ${host.name}`;
  const { bucket, endpoint, region } = bucketOf(host);
  return `${endpoint ?? region} ${bucket}`;
}
