import { GetBucketVersioningCommand } from "@aws-sdk/client-s3";
import { unlessAbsent } from "./answers.ts";
import { bucketSettings, bucketSteps } from "./bucket_settings.ts";
import { describeVault, type Dialect } from "./description.ts";
import type { Owner } from "./owner.ts";
import {
  describeReplication,
  type ReplicationDescription,
  type ReplicationRequest,
} from "./replication_description.ts";
import { copyingSetting, hasRole, noRoleSetting, noRuleSetting, ruleSetting } from "./replication_rule.ts";
import { roleSettings } from "./role.ts";
import { describeState, type SettingState, type VaultSetting } from "./setting.ts";
import { look, lookAll, makeAll, type Step } from "./steps.ts";
import { dialectOf } from "./user.ts";

/** Replication of a host's objects, as the owner can manage it. */
export interface Replication {
  readonly dialect: Dialect;
  readonly description: ReplicationDescription;
  /** Reads the state of every setting; with `apply`, makes them in order as `Vault.apply` does. */
  settings(apply: boolean, each: (step: Step) => void): Promise<Step[]>;
  /** Reads whether new objects are copied, and the state of nightdrop's role if they are copied with it. */
  copying(): Promise<Step[]>;
  /** Plans to remove the rule, and the role if no other rule needs it; with `apply`, removes them. The copies stay. */
  removal(apply: boolean, each: (step: Step) => void): Promise<Step[]>;
}

/** Opens the replication that `request` describes. `there` has the region of the second bucket. */
export async function openReplication(
  here: Owner,
  there: Owner,
  request: ReplicationRequest,
): Promise<Replication> {
  const dialect = await dialectOf(here, request.source.user);
  const description = describeReplication(request);
  const { bucket: source } = request.source;
  const named = (it: VaultSetting): VaultSetting => describeState(`s3://${source}`, it);
  const first = named(sourceSetting(here, source));
  const target = { ...describeVault(request.target, "amazon"), ...description.target };
  const bucket = bucketSettings(there, target, "amazon");
  const role = roleSettings(here, description).map(named);
  const rest = [...role, named(ruleSetting(here, source, description))];
  const removals = [noRuleSetting(here, source, description), noRoleSetting(here, source, description)];
  return {
    dialect,
    description,
    settings: async (apply, each) => {
      if (apply) return await makeAll([first, ...bucket, ...rest], each);
      return [await look(first), ...await bucketSteps(bucket), ...await lookAll(rest)];
    },
    copying: async () => [
      await look(named(copyingSetting(here, source, description))),
      ...await hasRole(here, source, description.role) ? await lookAll(role) : [],
    ],
    removal: (apply, each) => apply ? makeAll(removals.map(named), each) : lookAll(removals.map(named)),
  };
}

function sourceSetting({ s3 }: Owner, bucket: string): VaultSetting {
  return {
    name: "source",
    wanted: `${bucket} keeps versions`,
    async look(): Promise<SettingState> {
      const found = await unlessAbsent(s3.send(new GetBucketVersioningCommand({ Bucket: bucket })));
      if (found?.Status === "Enabled") return { state: "good" };
      const what = found === undefined ? "the bucket does not exist" : "the bucket has no versions";
      return { state: "by-hand", todo: `${what}: \`nightdrop provision HOST --apply\` comes first` };
    },
    make: () => Promise.resolve(),
  };
}
