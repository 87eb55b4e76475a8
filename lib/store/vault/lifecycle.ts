import { keyPrefix } from "../key_prefix.ts";

/** A rule of a bucket's lifecycle, in the words of S3. */
export interface LifecycleRule {
  readonly ID: string;
  readonly Status: "Enabled";
  readonly Filter: { readonly Prefix: string };
  readonly Expiration: { readonly Days: number } | { readonly ExpiredObjectDeleteMarker: true };
  readonly NoncurrentVersionExpiration?: { readonly NoncurrentDays: number };
  readonly AbortIncompleteMultipartUpload?: { readonly DaysAfterInitiation: number };
}

/** A part that has not been completed within so many days never will be: a run takes hours. */
const UNFINISHED_DAYS = 7;

/**
 * The rules for the objects of one host.
 *
 * In a versioned bucket an expiry only hides: what is removed are noncurrent versions, and then the marker that
 * hides nothing any more, which S3 wants to be a rule of its own. A filter is a prefix and nothing else: Ceph's
 * gateway drops a filter that it does not know, and the rule is for all objects then.
 *
 * @param days When an object expires.
 * @param noncurrentDays How long what was hidden or overwritten stays after that.
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

/** At most 255 characters. The name of a host can have 253. */
function ruleName(host: string, what: string): string {
  return `nightdrop ${what} ${host}`.slice(0, 255);
}
