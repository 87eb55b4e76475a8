import { keyPrefix } from "../key_prefix.ts";

/** Lifecycle rule of a bucket, in the form of S3. */
export interface LifecycleRule {
  readonly ID: string;
  readonly Status: "Enabled";
  readonly Filter: { readonly Prefix: string };
  readonly Expiration: { readonly Days: number } | { readonly ExpiredObjectDeleteMarker: true };
  readonly NoncurrentVersionExpiration?: { readonly NoncurrentDays: number };
  readonly AbortIncompleteMultipartUpload?: { readonly DaysAfterInitiation: number };
}

/**
 * Days after which an incomplete multipart upload is removed: a run takes hours, so it will never be
 * completed.
 */
const UNFINISHED_DAYS = 7;

/**
 * Returns the lifecycle rules for the objects of one host.
 *
 * In a bucket with versions, an expiry only hides objects. Noncurrent versions are removed by a second rule,
 * and delete markers that hide nothing any more by a third, which S3 requires to be a rule of its own. The
 * filters contain only a prefix: Ceph's gateway drops a filter that it does not know, so that the rule would
 * apply to all objects.
 *
 * @param days Days after which an object expires.
 * @param noncurrentDays Days that a hidden or overwritten object stays after that.
 */
export function lifecycleRules(
  host: string,
  prefix: string,
  days: number,
  noncurrentDays: number,
): readonly LifecycleRule[] {
  const common = { Status: "Enabled", Filter: { Prefix: keyPrefix(prefix) } } as const;
  return [
    {
      ID: ruleName(host, "expiry"),
      ...common,
      Expiration: { Days: days },
      NoncurrentVersionExpiration: { NoncurrentDays: noncurrentDays },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: UNFINISHED_DAYS },
    },
    { ID: ruleName(host, "markers"), ...common, Expiration: { ExpiredObjectDeleteMarker: true } },
  ];
}

/** Returns the name of a rule: at most 255 characters, while the name of a host can have 253. */
function ruleName(host: string, what: string): string {
  return `nightdrop ${what} ${host}`.slice(0, 255);
}
