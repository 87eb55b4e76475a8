import type { Host } from "../config/types.ts";
import { bucketOf } from "./owner_clients.ts";

/** Number of hosts at the same time: a thousand hosts take seconds, and Amazon's request limits are respected. */
const CONCURRENCY = 24;

/**
 * Runs `work` for each host, for many at the same time. Hosts that share a bucket run one after the other, because its
 * lifecycle and policy are read, changed and written as a whole.
 *
 * @param work Must handle its own failures: an error that it throws ends the run.
 * @param keyOf Returns the same key for hosts that run one after the other.
 */
export async function forEachHost(
  hosts: Iterable<Host>,
  work: (host: Host) => Promise<void>,
  signal: AbortSignal,
  keyOf: (host: Host) => string = bucketKey,
): Promise<void> {
  const queue = Map.groupBy(hosts, keyOf).values();
  const worker = async (): Promise<void> => {
    for (const sharing of queue) {
      for (const host of sharing) {
        signal.throwIfAborted();
        await work(host);
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

/** Returns the places, buckets with prefix, that several hosts share, with these hosts. */
export function sharedPlaces(hosts: Iterable<Host>): Map<string, Host[]> {
  const places = Map.groupBy(hosts, ({ name, store }) => {
    if (store.kind !== "s3") return name;
    return `s3://${store.bucket}/${store.prefix}${
      store.endpoint === undefined ? "" : ` at ${store.endpoint}`
    }`;
  });
  return new Map([...places].filter(([, sharing]) => sharing.length > 1));
}

/** Returns a key for the host's bucket. A host without a bucket has its own key; `work` reports it. */
function bucketKey(host: Host): string {
  if (host.store.kind !== "s3") return `host ${host.name}`;
  const { bucket, endpoint, region } = bucketOf(host);
  return `${endpoint ?? region} ${bucket}`;
}
