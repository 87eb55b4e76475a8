/**
 * Servers that commands connect to, as `host:port`.
 *
 * @module
 */
import type { RunContext } from "../app/run_context.ts";
import type { Store, UrlReference } from "../config/types.ts";
import { resolveUrl } from "../config/url.ts";
import { Misuse } from "../model/failure.ts";
import { proxiesOf } from "../store/s3/proxies.ts";

/** Returns the servers to notify. A missing URL is skipped here, and reported by the run. */
export function notifiedServers(urls: readonly UrlReference[], { environment }: RunContext): string[] {
  return urls.flatMap((reference) => {
    try {
      const { hostname, port, protocol } = resolveUrl(reference, environment);
      return [`${hostname}:${port || (protocol === "http:" ? 80 : 443)}`];
    } catch (error) {
      if (error instanceof Misuse && !(error.cause instanceof Deno.errors.NotCapable)) return [];
      throw error;
    }
  });
}

/** Returns the servers that requests go to: the stores, or the proxies before them. */
export async function storeServers(stores: readonly Store[], { environment }: RunContext): Promise<string[]> {
  const buckets = stores.filter((store) => store.kind === "s3");
  if (buckets.length === 0) return [];
  const { s3Address } = await import("../store/s3/address.ts");
  const proxies = proxiesOf(environment);
  return await Promise.all(buckets.map((bucket) => s3Address({ ...bucket, proxies })));
}

/** Returns the address for any bucket: at Amazon, a bucket is a host name below that of the region. */
export function ofAnyBucket(address: string): string {
  return address.replace(/^.*?(?=s3\.[a-z0-9-]+\.amazonaws\.com)/, "*.");
}
