import {
  GetBucketEncryptionCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  PutBucketEncryptionCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
  PutPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";
import { Failure } from "../../model/failure.ts";
import { providerCodeOf, unlessAbsent } from "./answers.ts";
import type { PublicAccess, VaultDescription } from "./description.ts";
import type { Owner } from "./owner.ts";
import { LACKING, valueSetting, type VaultSetting } from "./setting.ts";

/** Returns the settings of a bucket that are one value each, in the order in which they are made. */
export function valueSettings(owner: Owner, vault: VaultDescription): VaultSetting[] {
  return [
    publicAccess(owner, vault),
    ownership(owner, vault),
    versioning(owner, vault),
    ...(vault.lock === undefined ? [] : [objectLock(owner, vault, vault.lock)]),
    encryption(owner, vault),
  ];
}

function publicAccess(
  { s3 }: Owner,
  { bucket: Bucket, publicAccess: value }: VaultDescription,
): VaultSetting {
  return valueSetting<PublicAccess>({
    name: "public access",
    wanted: value.BlockPublicAcls ? "all of it blocked" : "blocked, except BlockPublicAcls",
    value,
    async read(): Promise<PublicAccess | undefined | typeof LACKING> {
      const found = await unlessAbsent(s3.send(new GetPublicAccessBlockCommand({ Bucket })));
      const { BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets } =
        found?.PublicAccessBlockConfiguration ?? {};
      if ([BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets].every((it) => !it)) {
        return undefined;
      }
      return {
        BlockPublicAcls: BlockPublicAcls ?? false,
        IgnorePublicAcls: IgnorePublicAcls ?? false,
        BlockPublicPolicy: BlockPublicPolicy ?? false,
        RestrictPublicBuckets: RestrictPublicBuckets ?? false,
      };
    },
    async write(): Promise<void> {
      await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: value }));
    },
    open: "a policy or an ACL could make the bucket public; its objects are encrypted in any case",
  });
}

function ownership({ s3 }: Owner, { bucket: Bucket, ownership: value }: VaultDescription): VaultSetting {
  return valueSetting<string>({
    name: "ownership",
    wanted: "all objects belong to the bucket's owner, without ACLs",
    value,
    async read(): Promise<string | undefined | typeof LACKING> {
      const found = await unlessAbsent(s3.send(new GetBucketOwnershipControlsCommand({ Bucket })));
      if (found === undefined) return undefined;
      // Ceph's gateway 16.2 does not support the request and answers with a list of objects.
      return found.OwnershipControls?.Rules?.[0]?.ObjectOwnership ?? LACKING;
    },
    async write(): Promise<void> {
      const OwnershipControls = { Rules: [{ ObjectOwnership: value }] };
      await s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }));
    },
    open: "the uploader owns an object, so the host's policy denies each action of an owner by name, and " +
      "the user that reads backups needs a policy that allows it",
  });
}

function versioning({ s3 }: Owner, { bucket: Bucket, versioning: value }: VaultDescription): VaultSetting {
  return valueSetting<string>({
    name: "versioning",
    wanted: "overwritten and deleted objects stay as older versions",
    value,
    async read(): Promise<string | undefined> {
      return (await unlessAbsent(s3.send(new GetBucketVersioningCommand({ Bucket }))))?.Status;
    },
    async write(): Promise<void> {
      await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: value } }));
    },
    open: "an intruder who knows the name of an object can overwrite it; names cannot be guessed",
  });
}

type Lock = NonNullable<VaultDescription["lock"]>;

function objectLock({ s3 }: Owner, { bucket: Bucket }: VaultDescription, value: Lock): VaultSetting {
  return valueSetting<Lock>({
    name: "object lock",
    wanted: `${value.mode.toLowerCase()}, ${value.days} days: younger objects cannot be deleted` +
      (value.mode === "GOVERNANCE" ? ", but the owner" : ""),
    value,
    async read(): Promise<Lock | undefined> {
      const found = await unlessAbsent(s3.send(new GetObjectLockConfigurationCommand({ Bucket })));
      const { Mode, Days, Years } = found?.ObjectLockConfiguration?.Rule?.DefaultRetention ?? {};
      return Mode && { mode: Mode, days: Days ?? (Years ?? 0) * 365 };
    },
    async write(): Promise<void> {
      const Rule = { DefaultRetention: { Mode: value.mode, Days: value.days } };
      const ObjectLockConfiguration = { ObjectLockEnabled: "Enabled", Rule } as const;
      try {
        await s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
      } catch (error) {
        throw providerCodeOf(error) === "InvalidBucketState" ? unlockable(Bucket) : error;
      }
    },
    open: "anyone with the owner's credentials can delete backups",
  });
}

function unlockable(bucket: string): Failure {
  return new Failure(`The bucket ${bucket} was created without Object Lock, which cannot be added here`, {
    hint: "Set another bucket name in the config, or remove objectLock",
  });
}

function encryption({ s3 }: Owner, { bucket: Bucket, encryption: value }: VaultDescription): VaultSetting {
  return valueSetting<string>({
    name: "encryption",
    wanted: "SSE-S3 by default",
    value,
    async read(): Promise<string | undefined | typeof LACKING> {
      const found = await unlessAbsent(s3.send(new GetBucketEncryptionCommand({ Bucket })));
      if (found === undefined) return undefined;
      const [rule] = found.ServerSideEncryptionConfiguration?.Rules ?? [];
      return rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm ?? LACKING;
    },
    async write(): Promise<void> {
      const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: value } };
      const ServerSideEncryptionConfiguration = { Rules: [rule] };
      await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }));
    },
    open: "data on the provider's disks is encrypted by OpenPGP only",
  });
}
