import type { Secret } from "../../model/secret.ts";
import { keyPrefix } from "../key_prefix.ts";
import type { Pacer } from "../pacer.ts";
import type { Proxies } from "./proxies.ts";

/** Milliseconds without any progress after which a call is aborted. Default of {@link Timeouts.idle}. */
export const IDLE = 60_000;

/** Rate of the slowest upload that is not aborted, in bytes per millisecond: 16 KiB per second. */
const SLOWEST = 16;

/** Rate of the slowest download that is not aborted, in bytes per millisecond: 1 KiB per second. */
const SLOWEST_DOWNLOAD = 1;

/** Location of a bucket and access to it. */
export interface S3Options {
  /** Name of the bucket, without `s3://`. */
  readonly bucket: string;
  /** Region, such as `eu-central-1`. Servers other than Amazon's often expect `us-east-1`. */
  readonly region: string;
  /** Base URL of another S3 server, such as `https://s3.example.org:9000`. Default: Amazon's own. */
  readonly endpoint?: string | undefined;
  /** Directory in the bucket, without a slash at its ends; empty for none. */
  readonly prefix?: string | undefined;
  /** Random id that `provision` gave the bucket; missing if it has none. */
  readonly vault?: string | undefined;
  /** Storage class, such as `STANDARD_IA`. Default: that of the provider. */
  readonly storageClass?: string | undefined;
  /** `false` for a server without create-only puts: then the bucket must keep versions. Default: true. */
  readonly createOnly?: boolean | undefined;
  /** Access key that signs the requests. */
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: Secret;
    readonly sessionToken?: Secret | undefined;
  };
  /** Proxies to use. Default: none. */
  readonly proxies?: Proxies | undefined;
  /** Time limits. */
  readonly timeouts?: Timeouts | undefined;
  /** Limits the rate of uploads. */
  readonly pacer?: Pacer | undefined;
  /** Number of objects in one page of a list, 1,000 at most. Tests set it to get several pages. */
  readonly pageSize?: number | undefined;
}

/** Time limits in milliseconds. */
export interface Timeouts {
  /** Limit for a connection. Default: 20 seconds. */
  readonly connect?: number | undefined;
  /** Limit for a call without any progress. Default: 60 seconds. */
  readonly idle?: number | undefined;
}

/**
 * Returns the milliseconds after which an upload of `bytes` bytes is aborted. Its progress is not visible.
 */
export function uploadLimit({ timeouts, pacer }: S3Options, bytes: number): number {
  return (timeouts?.idle ?? IDLE) + bytes / Math.min(SLOWEST, pacer?.share ?? SLOWEST);
}

/**
 * Returns the milliseconds within which the first `bytes` bytes of a download must arrive: a server that sends a byte now and
 * then would hold a reader for years.
 */
export function downloadLimit(idle: number, bytes: number): number {
  return idle + bytes / SLOWEST_DOWNLOAD;
}

/** Bucket as errors name it, and the fixed prefix of its keys. */
export interface S3Place {
  /** `s3://bucket/directory`. */
  readonly url: string;
  /** The URL and the address of the server: the beginning of each error message. */
  readonly label: string;
  /** Name of the bucket. */
  readonly bucket: string;
  /** Region that requests are signed for. */
  readonly region: string;
  /** Prefix of every key: empty, or ending in a slash. */
  readonly directory: string;
  /** Whether the credentials expire. */
  readonly temporary: boolean;
}

/** Returns the place that `options` describe. */
export function s3Place(options: S3Options): S3Place {
  const { bucket, region, endpoint, prefix = "", credentials } = options;
  const url = s3Url(options);
  return {
    url,
    label: `${url} at ${endpoint ?? `s3.${region}.amazonaws.com`}`,
    bucket,
    region,
    directory: keyPrefix(prefix),
    temporary: credentials.sessionToken !== undefined,
  };
}

/** Returns `s3://bucket/directory`. */
export function s3Url({ bucket, prefix = "" }: Pick<S3Options, "bucket" | "prefix">): string {
  return prefix === "" ? `s3://${bucket}` : `s3://${bucket}/${prefix}`;
}
