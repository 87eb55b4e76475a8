import { expiryDays, type Retention } from "../../model/retention.ts";
import { bucketPolicy, bucketPolicyOfCeph } from "./bucket_policy.ts";
import { putOnly, putOnlyOfOwnAccount } from "./host_policy.ts";
import { type LifecycleRule, lifecycleRules } from "./lifecycle.ts";
import { type Policy, policy } from "./policy.ts";

/** What a host's vault is made from: this much of its config. */
export interface VaultRequest {
  /** The host's name. */
  readonly host: string;
  readonly bucket: string;
  readonly region: string;
  /** Without a slash at its ends; empty for the whole bucket. */
  readonly prefix: string;
  /** Whether the store is reached by TLS. */
  readonly secure: boolean;
  /** How many days a snapshot must stay restorable, and how much older what it needs may be. */
  readonly retention: Retention;
  /** Identity that the config says the bucket has; undefined where it does not say. */
  readonly vault: string | undefined;
  /** Undefined for no Object Lock. */
  readonly lock: "governance" | "compliance" | undefined;
  /** The user that the host is at the provider. */
  readonly user: string;
}

/**
 * What a provider understands. `amazon` has all of it; `ceph` is a server without IAM's users, which Ceph's gateway
 * stands for: what a server of this kind may lack is not asked of it, or tried and reported.
 */
export type Dialect = "amazon" | "ceph";

/** A bucket and a user as they are to be: data that follow from request and dialect alone. */
export interface VaultDescription {
  readonly bucket: string;
  readonly region: string;
  readonly vault: string | undefined;
  readonly publicAccess: PublicAccess;
  readonly ownership: "BucketOwnerEnforced";
  readonly versioning: "Enabled";
  /** Undefined for none. Days are those of {@link expiryDays}. */
  readonly lock: { readonly mode: "GOVERNANCE" | "COMPLIANCE"; readonly days: number } | undefined;
  readonly encryption: "AES256";
  readonly lifecycle: readonly LifecycleRule[];
  readonly bucketPolicy: Policy;
  readonly user: string;
  readonly userPolicy: Policy;
}

/** "Blocking public access to your Amazon S3 storage" of the manual says what each of them does. */
export interface PublicAccess {
  readonly BlockPublicAcls: boolean;
  readonly IgnorePublicAcls: boolean;
  readonly BlockPublicPolicy: boolean;
  readonly RestrictPublicBuckets: boolean;
}

/**
 * How long an object that was hidden or overwritten stays. If overwriting is refused, hidden objects have expired, and
 * goes. Where an intruder could, the first content must be there for as long as it was promised: by its lock, else by
 * the rule, at the price that all is kept for twice as long.
 */
function noncurrentDays(request: VaultRequest, dialect: Dialect): number {
  const kept = dialect === "amazon" || request.lock !== undefined;
  return kept ? 1 : expiryDays(request.retention);
}

/** The vault that a host is to have. */
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
      // With it Ceph's gateway 16.2 refuses every put. IgnorePublicAcls makes such an ACL worthless all the same.
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
    bucketPolicy: secure ? rules : policy(...rules.Statement.filter(({ Sid }) => Sid !== "NightdropTlsOnly")),
    user,
    userPolicy: amazon ? putOnly(request) : putOnlyOfOwnAccount(request),
  };
}
