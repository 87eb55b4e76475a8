import { sha256 } from "../../model/digest.ts";
import { keyPrefix } from "../key_prefix.ts";
import { describeVault, type VaultDescription, type VaultRequest } from "./description.ts";
import { TLS_ONLY } from "./bucket_policy.ts";
import { bucketArn, type Policy, policy, type PolicyStatement } from "./policy.ts";

/** Replication of a host's objects to a second bucket. */
export interface ReplicationRequest {
  /** Vault of the host: the source. */
  readonly source: VaultRequest;
  /** The second bucket. Its prefix and retention are those of the source. */
  readonly target: VaultRequest;
  /** All buckets that objects of the source's bucket are replicated to: hosts that share a bucket share its role. */
  readonly targets: readonly string[];
  /** Storage class of the copies; undefined for that of the source. */
  readonly storageClass: string | undefined;
}

/** Replication rule of a bucket, in the form of S3, without its priority. */
export interface ReplicationRule {
  readonly ID: string;
  readonly Status: "Enabled";
  readonly Filter: { readonly Prefix: string };
  /** Objects that are hidden in the source stay visible in the second bucket. */
  readonly DeleteMarkerReplication: { readonly Status: "Disabled" };
  readonly Destination: { readonly Bucket: string; readonly StorageClass?: string };
}

/** Role that S3 takes on, the rule, and the second bucket. */
export interface ReplicationDescription {
  /** Name of the role. */
  readonly role: string;
  readonly trust: object;
  readonly rolePolicy: Policy;
  readonly rule: ReplicationRule;
  readonly target: Omit<VaultDescription, "user" | "userPolicy">;
}

/** Maximum length of the name of a role: "IAM and AWS STS quotas". */
const MAX_ROLE_LENGTH = 64;

/** Returns the replication that a host should have. Only Amazon's S3 has it. */
export function describeReplication(request: ReplicationRequest): ReplicationDescription {
  const { source, target } = request;
  const { user: _, userPolicy: __, bucketPolicy, ...vault } = describeVault(target, "amazon");
  return {
    role: roleName(source.bucket),
    trust: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "s3.amazonaws.com" }, Action: "sts:AssumeRole" }],
    },
    rolePolicy: rolePolicy(request),
    rule: rule(request),
    // Only S3 puts objects there. Refusals of puts could stop it.
    target: {
      ...vault,
      bucketPolicy: policy(...bucketPolicy.Statement.filter(({ Sid }) => Sid === TLS_ONLY)),
    },
  };
}

/**
 * Returns what the role may: read versions here and replicate them there. It has neither `s3:ReplicateDelete`, so that no
 * delete marker is ever replicated, nor `s3:ReplicateTags`, because nightdrop sets no tags.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
 */
function rolePolicy({ source, targets }: ReplicationRequest): Policy {
  const arn = bucketArn(source.bucket, source.region);
  const locks = source.lock === undefined ? [] : ["s3:GetObjectRetention", "s3:GetObjectLegalHold"];
  const statement = (
    Sid: string,
    Action: readonly string[],
    Resource: readonly string[],
  ): PolicyStatement => {
    return { Sid, Effect: "Allow", Action, Resource };
  };
  return policy(
    statement("NightdropSource", ["s3:GetReplicationConfiguration", "s3:ListBucket"], [arn]),
    statement("NightdropVersions", [
      "s3:GetObjectVersionForReplication",
      "s3:GetObjectVersionAcl",
      "s3:GetObjectVersionTagging",
      ...locks,
    ], [`${arn}/*`]),
    statement(
      "NightdropTarget",
      ["s3:ReplicateObject"],
      targets.map((it) => `${bucketArn(it, source.region)}/*`),
    ),
  );
}

function rule({ source, target, storageClass }: ReplicationRequest): ReplicationRule {
  return {
    ID: `nightdrop ${source.host}`.slice(0, 255),
    Status: "Enabled",
    Filter: { Prefix: keyPrefix(source.prefix) },
    DeleteMarkerReplication: { Status: "Disabled" },
    Destination: {
      Bucket: bucketArn(target.bucket, target.region),
      ...(storageClass === undefined ? {} : { StorageClass: storageClass }),
    },
  };
}

function roleName(bucket: string): string {
  const name = `nightdrop-replicate-${bucket}`;
  if (name.length <= MAX_ROLE_LENGTH) return name;
  const digest = sha256(new TextEncoder().encode(bucket)).slice(0, 8);
  return `${name.slice(0, MAX_ROLE_LENGTH - 1 - digest.length)}-${digest}`;
}
