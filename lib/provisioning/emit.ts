import type { Host } from "../config/types.ts";
import { Misuse } from "../model/failure.ts";
import { bucketOf, vaultRequest } from "./owner_clients.ts";
import { describeVault, type VaultDescription } from "../store/vault/description.ts";
import type { Policy } from "../store/vault/policy.ts";
import { readerPolicy } from "../store/vault/reader_policy.ts";

/** Settings for a host's vault, and the policy of a user who reads its backups. */
export interface Emitted extends VaultDescription {
  /** Policy for a user that reads the backups of this host. */
  readonly readerPolicy: Policy;
}

/** Returns the settings for a host's vault, to apply them by hand. Sends no request to the provider. */
export function emitPolicy(host: Host, userPattern: string): Emitted {
  const store = bucketOf(host);
  const dialect = store.endpoint === undefined ? "amazon" : "ceph";
  return {
    ...describeVault(vaultRequest(host, userPattern), dialect),
    readerPolicy: readerPolicy([store], dialect),
  };
}

/**
 * Returns the settings for hosts at Amazon as a Terraform configuration in JSON, for a file named `*.tf.json` ("JSON
 * Configuration Syntax" of its manual). It has no access keys: their secrets would be in Terraform's state.
 *
 * @throws {Misuse} if two hosts share a bucket, which Terraform would create twice, or a host is not at Amazon.
 */
export function emitTerraform(hosts: readonly Host[], userPattern: string): object {
  const resource: Record<string, Record<string, object>> = {};
  const seen = new Set<string>();
  for (const host of hosts) {
    const vault = emitPolicy(host, userPattern);
    if (bucketOf(host).endpoint !== undefined) throw notAmazon(host.name);
    if (seen.has(vault.bucket)) throw shared(vault.bucket);
    seen.add(vault.bucket);
    for (const [kind, value] of Object.entries(resources(vault, labelOf(host.name)))) {
      (resource[kind] ??= {})[labelOf(host.name)] = value;
    }
  }
  return { resource };
}

function resources(vault: VaultDescription, label: string): Record<string, object> {
  const bucket = `\${aws_s3_bucket.${label}.id}`;
  const { publicAccess, lock } = vault;
  return {
    aws_s3_bucket: { bucket: vault.bucket, object_lock_enabled: lock !== undefined },
    aws_s3_bucket_public_access_block: {
      bucket,
      block_public_acls: publicAccess.BlockPublicAcls,
      ignore_public_acls: publicAccess.IgnorePublicAcls,
      block_public_policy: publicAccess.BlockPublicPolicy,
      restrict_public_buckets: publicAccess.RestrictPublicBuckets,
    },
    aws_s3_bucket_ownership_controls: { bucket, rule: { object_ownership: vault.ownership } },
    aws_s3_bucket_versioning: { bucket, versioning_configuration: { status: vault.versioning } },
    ...(lock === undefined ? {} : {
      aws_s3_bucket_object_lock_configuration: {
        bucket,
        rule: { default_retention: { mode: lock.mode, days: lock.days } },
      },
    }),
    aws_s3_bucket_server_side_encryption_configuration: {
      bucket,
      rule: { apply_server_side_encryption_by_default: { sse_algorithm: vault.encryption } },
    },
    aws_s3_bucket_lifecycle_configuration: {
      bucket,
      rule: vault.lifecycle.map(lifecycleRule),
      depends_on: [`aws_s3_bucket_versioning.${label}`],
    },
    aws_s3_bucket_policy: { bucket, policy: JSON.stringify(vault.bucketPolicy) },
    aws_iam_user: { name: vault.user, path: "/nightdrop/" },
    aws_iam_user_policy: {
      name: "nightdrop",
      user: `\${aws_iam_user.${label}.name}`,
      policy: JSON.stringify(vault.userPolicy),
    },
  };
}

function lifecycleRule(rule: VaultDescription["lifecycle"][number]): object {
  const { Expiration, NoncurrentVersionExpiration, AbortIncompleteMultipartUpload } = rule;
  return {
    id: rule.ID,
    status: rule.Status,
    filter: { prefix: rule.Filter.Prefix },
    expiration: "Days" in Expiration ? { days: Expiration.Days } : { expired_object_delete_marker: true },
    ...(NoncurrentVersionExpiration === undefined
      ? {}
      : { noncurrent_version_expiration: { noncurrent_days: NoncurrentVersionExpiration.NoncurrentDays } }),
    ...(AbortIncompleteMultipartUpload === undefined ? {} : {
      abort_incomplete_multipart_upload: {
        days_after_initiation: AbortIncompleteMultipartUpload.DaysAfterInitiation,
      },
    }),
  };
}

/** Returns a valid Terraform name that is unique per host: in host names no hyphen precedes a dot. */
function labelOf(host: string): string {
  return `nightdrop_${host.replaceAll("_", "-_").replaceAll(".", "_")}`;
}

function notAmazon(host: string): Misuse {
  return new Misuse(`Cannot write Terraform for ${host}: it is not at Amazon`, {
    hint: "Use --emit policy and apply the settings by other means",
  });
}

function shared(bucket: string): Misuse {
  return new Misuse(`Cannot write Terraform: several hosts share the bucket ${bucket}`, {
    hint: "Run `nightdrop provision --all --apply`, which supports shared buckets",
  });
}
