import {
  GetBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  type S3Client,
} from "@aws-sdk/client-s3";
import { s3Error } from "./errors.ts";
import type { S3Place } from "./options.ts";
import { within } from "./within.ts";

/**
 * After how many days the bucket's lifecycle removes objects in the directory of `at`, or some of them; Infinity for never.
 * It needs `s3:GetLifecycleConfiguration`.
 */
export async function expiryOf(
  client: S3Client,
  at: S3Place,
  { idle, signal }: { readonly idle: number; readonly signal?: AbortSignal | undefined },
): Promise<number> {
  const command = new GetBucketLifecycleConfigurationCommand({ Bucket: at.bucket });
  try {
    const { Rules = [] } = await within(idle, signal, (abortSignal) => client.send(command, { abortSignal }));
    return Math.min(...Rules.filter((rule) => concerns(rule, at.directory)).map(daysOf), Infinity);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Error && error.name === "NoSuchLifecycleConfiguration") return Infinity;
    throw s3Error(error, at, "expiry");
  }
}

/**
 * Whether a rule is about objects in `directory`. What is narrowed by size may be about any of them; what is by a tag is
 * about none, for ours have no tags.
 */
export function concerns({ Status, Prefix, Filter }: LifecycleRule, directory: string): boolean {
  const prefix = Prefix ?? Filter?.Prefix ?? Filter?.And?.Prefix ?? "";
  const tagged = Filter?.Tag !== undefined || (Filter?.And?.Tags ?? []).length > 0;
  return Status === "Enabled" && !tagged && (directory.startsWith(prefix) || prefix.startsWith(directory));
}

/**
 * After how many days a rule removes objects; Infinity for never. One that removes everything on a day leaves no days to
 * count upon.
 */
export function daysOf({ Expiration }: LifecycleRule): number {
  if (Expiration?.Date !== undefined) return 0;
  return Expiration?.Days ?? Infinity;
}
