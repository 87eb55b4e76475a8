import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  GetBucketLocationCommand,
  HeadBucketCommand,
} from "@aws-sdk/client-s3";
import { Failure } from "../../model/failure.ts";
import { providerCodeOf, statusOf, unlessAbsent } from "./answers.ts";
import type { Dialect, VaultDescription } from "./description.ts";
import type { Owner } from "./owner.ts";
import type { SettingState, VaultSetting } from "./setting.ts";

/** Returns the setting for the bucket itself. */
export function bucketSetting({ s3 }: Owner, vault: VaultDescription, dialect: Dialect): VaultSetting {
  const { bucket, region, lock } = vault;
  const location = new GetBucketLocationCommand({ Bucket: bucket });
  return {
    name: "bucket",
    wanted: `${bucket} in ${region}${lock === undefined ? "" : ", with Object Lock"}`,
    async look(): Promise<SettingState> {
      try {
        const found = await unlessAbsent(s3.send(new HeadBucketCommand({ Bucket: bucket })));
        if (found === undefined) return { state: "missing" };
        if (dialect === "amazon" && (found.BucketRegion ?? region) !== region) {
          throw elsewhere(bucket, region);
        }
        return { state: "good" };
      } catch (error) {
        // Only a code distinguishes wrong keys from a bucket of another account, and the answer to a HEAD has none.
        const cause = statusOf(error) === 403 ? await s3.send(location).then(() => error, (it) => it) : error;
        throw isAboutKeys(cause) ? cause : explained(error, bucket, region) ?? error;
      }
    },
    async make(): Promise<void> {
      try {
        await s3.send(new CreateBucketCommand(creation(vault, dialect)));
      } catch (error) {
        if (providerCodeOf(error) !== "BucketAlreadyOwnedByYou") {
          throw explained(error, bucket, region) ?? error;
        }
      }
    },
  };
}

/**
 * Returns the request that creates the bucket. For S3, no location means `us-east-1`, whose name it does not
 * accept.
 */
function creation(
  { bucket, region, lock }: VaultDescription,
  dialect: Dialect,
): CreateBucketCommand["input"] {
  const located = dialect === "amazon" && region !== "us-east-1";
  return {
    Bucket: bucket,
    ObjectLockEnabledForBucket: lock !== undefined,
    ...(dialect === "amazon" ? { ObjectOwnership: "BucketOwnerEnforced" } : {}),
    ...(located
      ? { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } }
      : {}),
  };
}

function isAboutKeys(error: unknown): boolean {
  return ["InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"].includes(
    providerCodeOf(error),
  );
}

function explained(error: unknown, bucket: string, region: string): Failure | undefined {
  const taken = providerCodeOf(error) === "BucketAlreadyExists" || statusOf(error) === 403;
  if (taken) {
    return new Failure(
      `The bucket ${bucket} belongs to another account, or these credentials have no access to it`,
      {
        hint: "Bucket names are global: set another one in the config, or check the credentials",
      },
    );
  }
  return [301, 307].includes(statusOf(error) ?? 0) ? elsewhere(bucket, region) : undefined;
}

function elsewhere(bucket: string, region: string): Failure {
  return new Failure(`The bucket ${bucket} already exists, in another region than ${region}`, {
    hint: "A bucket cannot move: correct region in the config, or set another name",
  });
}
