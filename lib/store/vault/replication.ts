import {
  GetBucketReplicationCommand,
  GetBucketVersioningCommand,
  PutBucketReplicationCommand,
  type ReplicationConfiguration,
  type ReplicationRule as LiveRule,
} from "@aws-sdk/client-s3";
import { Failure } from "../../model/failure.ts";
import { unlessAbsent } from "./answers.ts";
import { bucketSettings, bucketSteps } from "./bucket_settings.ts";
import { describeVault, type Dialect } from "./description.ts";
import type { Owner } from "./owner.ts";
import {
  describeReplication,
  type ReplicationDescription,
  type ReplicationRequest,
} from "./replication_description.ts";
import { roleArn, roleSettings } from "./role.ts";
import { describeState, same, type SettingState, type VaultSetting } from "./setting.ts";
import { look, lookAll, makeAll, type Step } from "./steps.ts";
import { dialectOf } from "./user.ts";

/** Replication of a host's objects, as the owner can manage it. */
export interface Replication {
  readonly dialect: Dialect;
  readonly description: ReplicationDescription;
  /** Reads the state of every setting; with `apply`, makes them in order as `Vault.apply` does. */
  settings(apply: boolean, each: (step: Step) => void): Promise<Step[]>;
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
  const rest = [...roleSettings(here, description), ruleSetting(here, source, description)].map(named);
  return {
    dialect,
    description,
    settings: async (apply, each) => {
      if (apply) return await makeAll([first, ...bucket, ...rest], each);
      return [await look(first), ...await bucketSteps(bucket), ...await lookAll(rest)];
    },
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

/** Returns the setting for the rule of this host. Rules of others stay as they are. */
function ruleSetting(owner: Owner, Bucket: string, { role, rule }: ReplicationDescription): VaultSetting {
  const { s3 } = owner;
  const read = async (): Promise<ReplicationConfiguration> => {
    const found = await unlessAbsent(s3.send(new GetBucketReplicationCommand({ Bucket })));
    return found?.ReplicationConfiguration ?? { Role: undefined, Rules: [] };
  };
  return {
    name: "replication",
    wanted: `new objects are copied to ${rule.Destination.Bucket}, delete markers are not`,
    async look(): Promise<SettingState> {
      const { Role, Rules = [] } = await read();
      const found = Rules.find(({ ID }) => ID === rule.ID);
      if (Rules.length === 0) return { state: "missing" };
      if (Role !== await roleArn(owner, role)) return { state: "different", found: `the role ${Role}` };
      if (found === undefined) return { state: "missing" };
      return same(plain(found), rule)
        ? { state: "good" }
        : { state: "different", found: JSON.stringify(plain(found)) };
    },
    async make(): Promise<void> {
      const { Role, Rules = [] } = await read();
      const own = await roleArn(owner, role);
      const others = Rules.filter(({ ID }) => ID !== rule.ID);
      if (others.length > 0 && Role !== own) throw otherRole(Bucket, Role ?? "");
      const Priority = Math.max(0, ...others.map((it) => it.Priority ?? 0)) + 1;
      const rules = [...others, { ...rule, Priority } as LiveRule];
      const ReplicationConfiguration = { Role: own, Rules: rules };
      await s3.send(new PutBucketReplicationCommand({ Bucket, ReplicationConfiguration }));
    },
  };
}

/** Returns a rule in the form in which nightdrop writes it. */
function plain({ Priority: _, ...rule }: LiveRule): object {
  return { ...rule, Filter: { Prefix: rule.Filter?.Prefix ?? rule.Prefix ?? "" }, Prefix: undefined };
}

function otherRole(bucket: string, role: string): Failure {
  return new Failure(
    `The bucket ${bucket} has replication rules with the role ${role}, and can have one role only`,
    {
      hint:
        "They are not from nightdrop: remove them, or add a rule to them yourself. `nightdrop provision HOST --replicate NAME " +
        "--emit policy` prints it",
    },
  );
}
