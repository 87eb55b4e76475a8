import { formatNumber } from "../../model/format.ts";
import {
  GetBucketLifecycleConfigurationCommand,
  type LifecycleRule as LiveRule,
  PutBucketLifecycleConfigurationCommand,
} from "@aws-sdk/client-s3";
import { Failure } from "../../model/failure.ts";
import { concerns, daysOf } from "../s3/lifecycle.ts";
import { unlessAbsent } from "./answers.ts";
import type { VaultDescription } from "./description.ts";
import type { LifecycleRule } from "./lifecycle.ts";
import type { Owner } from "./owner.ts";
import { same, type SettingState, type VaultSetting } from "./setting.ts";

/** Returns the setting for the lifecycle: the rules of this host. Rules of others stay as they are. */
export function lifecycleSetting({ s3 }: Owner, { bucket, lifecycle: ours }: VaultDescription): VaultSetting {
  const names = ours.map(({ ID }) => ID);
  const read = async (): Promise<LiveRule[]> => {
    const command = new GetBucketLifecycleConfigurationCommand({ Bucket: bucket });
    return (await unlessAbsent(s3.send(command)))?.Rules ?? [];
  };
  return {
    name: "lifecycle",
    wanted: inWords(ours),
    async look(): Promise<SettingState> {
      const rules = await read();
      const found = rules.filter(({ ID }) => names.includes(ID ?? ""));
      const early = rules.find((rule) => !found.includes(rule) && endangers(rule, ours));
      if (early) return { state: "different", found: `the rule "${early.ID}" removes objects earlier` };
      if (found.length === 0) return { state: "missing" };
      if (same(found.map(plain), ours)) return { state: "good" };
      return { state: "different", found: found.map(plain).map((it) => JSON.stringify(it)).join(" ") };
    },
    async make(): Promise<void> {
      const others = (await read()).filter(({ ID }) => !names.includes(ID ?? ""));
      const early = others.find((rule) => endangers(rule, ours));
      if (early) throw endangered(bucket, early);
      const LifecycleConfiguration = { Rules: [...others, ...ours] };
      await s3.send(
        new PutBucketLifecycleConfigurationCommand({ Bucket: bucket, LifecycleConfiguration }),
      );
    },
  };
}

function inWords(rules: readonly LifecycleRule[]): string {
  const [first] = rules;
  const days = first && "Days" in first.Expiration ? first.Expiration.Days : 0;
  const noncurrent = first?.NoncurrentVersionExpiration?.NoncurrentDays;
  const unfinished = first?.AbortIncompleteMultipartUpload?.DaysAfterInitiation;
  return `objects expire after ${inDays(days)}, older versions ${inDays(noncurrent)} later, ` +
    `unfinished uploads after ${inDays(unfinished)}`;
}

function inDays(count = 0): string {
  return formatNumber(count, "day");
}

/**
 * Returns a rule in the form in which nightdrop writes it: servers return the prefix in one of two places.
 */
function plain({ Prefix, Filter, ...rule }: LiveRule): object {
  const prefix = Prefix ?? Filter?.Prefix ?? "";
  const filter = Filter?.And ?? Filter?.Tag ?? Filter?.ObjectSizeGreaterThan ?? Filter?.ObjectSizeLessThan;
  return { ...rule, Filter: filter === undefined ? { Prefix: prefix } : Filter };
}

/** Whether a rule of others removes objects too early. */
function endangers(rule: LiveRule, ours: readonly LifecycleRule[]): boolean {
  const [first] = ours;
  if (!first || !("Days" in first.Expiration) || !concerns(rule, first.Filter.Prefix)) return false;
  const { NoncurrentDays = Infinity } = rule.NoncurrentVersionExpiration ?? {};
  return daysOf(rule) < first.Expiration.Days ||
    NoncurrentDays < (first.NoncurrentVersionExpiration?.NoncurrentDays ?? 0);
}

function endangered(bucket: string, { ID }: LiveRule): Failure {
  return new Failure(
    `The lifecycle rule "${ID}" of ${bucket} removes objects earlier than the retention allows`,
    {
      hint: "It is not from nightdrop: remove it or make it longer, then run provision again",
    },
  );
}
