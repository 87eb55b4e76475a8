import { bucketSetting } from "./bucket.ts";
import type { Dialect, VaultDescription } from "./description.ts";
import { lifecycleSetting } from "./expiry.ts";
import { identitySetting } from "./identity.ts";
import type { Owner } from "./owner.ts";
import { bucketPolicySetting } from "./refusals.ts";
import { describeState, type VaultSetting } from "./setting.ts";
import { valueSettings } from "./settings.ts";
import { look, lookAll, type Step, step } from "./steps.ts";

/** Returns the settings of a bucket in the order in which they are made: the bucket comes first. */
export function bucketSettings(
  owner: Owner,
  description: VaultDescription,
  dialect: Dialect,
): VaultSetting[] {
  return [
    bucketSetting(owner, description, dialect),
    ...valueSettings(owner, description),
    lifecycleSetting(owner, description),
    bucketPolicySetting(owner, description),
    identitySetting(owner, description),
  ].map((it) => describeState(`s3://${description.bucket}`, it));
}

/** Reads the state of all settings. If the bucket does not exist, its settings are not asked for. */
export async function bucketSteps([bucket, ...rest]: readonly VaultSetting[]): Promise<Step[]> {
  const first = await look(bucket!);
  if (first.before.state !== "missing") return [first, ...await lookAll(rest)];
  return [first, ...rest.map((it) => step(it, first.before))];
}
