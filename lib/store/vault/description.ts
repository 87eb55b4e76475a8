import { expiryDays, type Retention } from "../../model/retention.ts";
import { bucketPolicy, bucketPolicyOfCeph, TLS_ONLY } from "./bucket_policy.ts";
import { putOnly, putOnlyOfOwnAccount } from "./host_policy.ts";
import { type LifecycleRule, lifecycleRules } from "./lifecycle.ts";
import { type Policy, policy } from "./policy.ts";

/** Part of a host's config that determines its vault: its bucket with all settings, and its user. */
export interface VaultRequest {
  /** Name of the host. */
  readonly host: string;
  readonly bucket: string;
  readonly region: string;
  /** Directory in the bucket, without a slash at its ends; empty for the whole bucket. */
  readonly prefix: string;
  /** Whether the store is reached with TLS. */
  readonly secure: boolean;
  /** Days that a snapshot must stay restorable, and how much older the objects that it needs may be. */
  readonly retention: Retention;
  /** Identity of the bucket that the config states; undefined if it states none. */
  readonly vault: string | undefined;
  /** Mode of Object Lock; undefined for none. */
  readonly lock: "governance" | "compliance" | undefined;
  /** Name of the host's user at the provider. */
  readonly user: string;
}

/**
 * Features of a provider. `amazon` has all of them. `ceph` is a server without IAM users, such as Ceph's
 * gateway: features that such a server may lack are not used, or tried and reported.
 */
export type Dialect = "amazon" | "ceph";

/** Bucket and user as they should be. They follow from request and dialect alone. */
export interface VaultDescription {
  readonly bucket: string;
  readonly region: string;
  readonly vault: string | undefined;
  readonly publicAccess: PublicAccess;
  readonly ownership: "BucketOwnerEnforced";
  readonly versioning: "Enabled";
  /** Undefined for none. The days are those of {@link expiryDays}. */
  readonly lock: { readonly mode: "GOVERNANCE" | "COMPLIANCE"; readonly days: number } | undefined;
  readonly encryption: "AES256";
  readonly lifecycle: readonly LifecycleRule[];
  readonly bucketPolicy: Policy;
  readonly user: string;
  readonly userPolicy: Policy;
}

/**
 * Settings of the public access block: "Blocking public access to your Amazon S3 storage" in Amazon's manual.
 */
export interface PublicAccess {
  readonly BlockPublicAcls: boolean;
  readonly IgnorePublicAcls: boolean;
  readonly BlockPublicPolicy: boolean;
  readonly RestrictPublicBuckets: boolean;
}

/**
 * Returns the days that an object stays after it was hidden or overwritten. If overwriting is refused, only
 * the expiry hides objects, which may then be removed. If an intruder can overwrite, the first content must
 * stay as long as promised: by its lock, else by this rule, which then stores everything for twice as long.
 */
function noncurrentDays(request: VaultRequest, dialect: Dialect): number {
  const kept = dialect === "amazon" || request.lock !== undefined;
  return kept ? 1 : expiryDays(request.retention);
}

/** Returns the vault that a host should have. */
export function describeVault(request: VaultRequest, dialect: Dialect): VaultDescription {
  const { host, bucket, region, prefix, vault, lock, user, secure } = request;
  const days = expiryDays(request.retention);
  const amazon = dialect === "amazon";
  const rules = amazon ? bucketPolicy(bucket, region) : bucketPolicyOfCeph(bucket, region);
  return {
    bucket,
    region,
    vault,
    publicAccess: {
      // With BlockPublicAcls, Ceph's gateway 16.2 refuses every put. IgnorePublicAcls alone makes public ACLs useless, too.
      BlockPublicAcls: amazon,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    },
    ownership: "BucketOwnerEnforced",
    versioning: "Enabled",
    lock: lock && { mode: lock === "governance" ? "GOVERNANCE" : "COMPLIANCE", days },
    encryption: "AES256",
    lifecycle: lifecycleRules(host, prefix, days, noncurrentDays(request, dialect)),
    bucketPolicy: secure ? rules : policy(...rules.Statement.filter(({ Sid }) => Sid !== TLS_ONLY)),
    user,
    userPolicy: amazon ? putOnly(request) : putOnlyOfOwnAccount(request),
  };
}
