import type { Secret } from "../../model/secret.ts";
import { keyPrefix } from "../key_prefix.ts";
import type { Pacer } from "../pacer.ts";
import type { Proxies } from "./proxies.ts";

/** Milliseconds without a sign of life after which a call is given up, where {@link Timeouts} do not say. */
export const IDLE = 60_000;

/** The slowest upload that is waited for, in bytes a millisecond: 16 KiB a second. */
const SLOWEST = 16;

/** Where a bucket is and how to get at it. */
export interface S3Options {
  /** Its name, without `s3://`. */
  readonly bucket: string;
  /** Such as `eu-central-1`; servers other than Amazon's often want `us-east-1`. */
  readonly region: string;
  /** Base URL of a server that speaks S3, such as `https://s3.example.org:9000`; Amazon's own where it is missing. */
  readonly endpoint?: string | undefined;
  /** Directory in the bucket, without a slash at its ends; empty for none. */
  readonly prefix?: string | undefined;
  /** Random id that `provision` gave the bucket; missing where nothing did. */
  readonly vault?: string | undefined;
  /** Such as `STANDARD_IA`; else the provider's default. */
  readonly storageClass?: string | undefined;
  /** What requests are signed with. */
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: Secret;
    readonly sessionToken?: Secret | undefined;
  };
  /** By which proxies to go; by none where it is missing. */
  readonly proxies?: Proxies | undefined;
  /** How long to wait. */
  readonly timeouts?: Timeouts | undefined;
  /** Slows uploads down. */
  readonly pacer?: Pacer | undefined;
  /** Objects asked for at once in a list, 1,000 at most. For tests, which want to cross pages. */
  readonly pageSize?: number | undefined;
}

/** How long to wait, in milliseconds. */
export interface Timeouts {
  /** For a connection; 20 seconds. */
  readonly connect?: number | undefined;
  /** For a sign of life; 60 seconds. */
  readonly idle?: number | undefined;
}

/** Milliseconds after which an upload of so many bytes is given up: its progress cannot be seen. */
export function uploadLimit({ timeouts, pacer }: S3Options, bytes: number): number {
  return (timeouts?.idle ?? IDLE) + bytes / Math.min(SLOWEST, pacer?.share ?? SLOWEST);
}

/** A bucket as errors speak of it, and the part of its keys that is not ours to choose. */
export interface S3Place {
  /** `s3://bucket/directory`. */
  readonly url: string;
  /** The same and the server's address: what errors begin with. */
  readonly label: string;
  /** Its name. */
  readonly bucket: string;
  /** The one that requests are signed for. */
  readonly region: string;
  /** What every key begins with: empty, or ending in a slash. */
  readonly directory: string;
  /** Whether the credentials are good for a while only. */
  readonly temporary: boolean;
}

/** The place that `options` describe. */
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

/** `s3://bucket/directory`. */
export function s3Url({ bucket, prefix = "" }: Pick<S3Options, "bucket" | "prefix">): string {
  return prefix === "" ? `s3://${bucket}` : `s3://${bucket}/${prefix}`;
}
