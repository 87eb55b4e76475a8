import {
  GetBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  type S3Client,
} from "@aws-sdk/client-s3";
import { StoreError } from "../contract.ts";
import { s3Error } from "./errors.ts";
import type { S3Place } from "./options.ts";
import { within } from "./within.ts";

/**
 * Returns the number of days after which the bucket's lifecycle removes any objects in the directory of `at`;
 * Infinity for never. It needs `s3:GetLifecycleConfiguration`.
 *
 * @throws {StoreError} if the server does not know lifecycle rules.
 */
export async function expiryOf(
  client: S3Client,
  at: S3Place,
  { idle, signal }: { readonly idle: number; readonly signal?: AbortSignal | undefined },
): Promise<number> {
  const command = new GetBucketLifecycleConfigurationCommand({ Bucket: at.bucket });
  try {
    const { Rules } = await within(idle, signal, (abortSignal) => client.send(command, { abortSignal }));
    if (Rules === undefined) throw noRules(at);
    const days = Rules.filter((rule) => concerns(rule, at.directory)).map(daysOf);
    if (!days.every((it) => it >= 0)) throw noRules(at);
    return Math.min(...days, Infinity);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Error && error.name === "NoSuchLifecycleConfiguration") return Infinity;
    throw s3Error(error, at, "expiry");
  }
}

/** Returns the error for an answer that has no rules. OpenStack Swift does not know the request, and lists objects. */
function noRules(at: S3Place): StoreError {
  return new StoreError("failed", `${at.label}: the server does not answer with lifecycle rules`, {
    hint:
      "The server may know no such rules, as OpenStack Swift: then it removes nothing, and the bucket grows",
  });
}

/**
 * Whether a rule applies to objects in `directory`. A rule that is limited by size may apply to any of them.
 * A rule that is limited by a tag applies to none, because nightdrop sets no tags.
 */
export function concerns({ Status, Prefix, Filter }: LifecycleRule, directory: string): boolean {
  const prefix = Prefix ?? Filter?.Prefix ?? Filter?.And?.Prefix ?? "";
  const tagged = Filter?.Tag !== undefined || (Filter?.And?.Tags ?? []).length > 0;
  return Status === "Enabled" && !tagged && (directory.startsWith(prefix) || prefix.startsWith(directory));
}

/**
 * Returns the number of days after which a rule removes objects; Infinity for never, and 0 for a rule that
 * removes everything on a fixed date.
 */
export function daysOf({ Expiration }: LifecycleRule): number {
  if (Expiration?.Date !== undefined) return 0;
  return Expiration?.Days ?? Infinity;
}
