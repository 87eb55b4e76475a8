/**
 * Replication rule of a host in its bucket. A bucket has one role for all rules, and its rules are written as a whole.
 *
 * @module
 */
import {
  DeleteBucketReplicationCommand,
  GetBucketReplicationCommand,
  PutBucketReplicationCommand,
  type ReplicationRule as LiveRule,
} from "@aws-sdk/client-s3";
import { Failure } from "../../model/failure.ts";
import { unlessAbsent } from "./answers.ts";
import type { Owner } from "./owner.ts";
import type { ReplicationDescription, ReplicationRule } from "./replication_description.ts";
import { removeRole, roleArn } from "./role.ts";
import { same, type SettingState, type VaultSetting } from "./setting.ts";

/** Replication of a bucket: ARN of the role, and rules. */
interface Live {
  readonly role: string | undefined;
  readonly rules: readonly LiveRule[];
}

async function read({ s3 }: Owner, Bucket: string): Promise<Live> {
  const found = await unlessAbsent(s3.send(new GetBucketReplicationCommand({ Bucket })));
  const { Role, Rules = [] } = found?.ReplicationConfiguration ?? { Role: undefined };
  return { role: Role, rules: Rules };
}

async function write({ s3 }: Owner, Bucket: string, { role: Role, rules: Rules }: Live): Promise<void> {
  const ReplicationConfiguration = { Role, Rules: [...Rules] };
  await s3.send(new PutBucketReplicationCommand({ Bucket, ReplicationConfiguration }));
}

function inWords({ Destination }: ReplicationRule): string {
  return `new objects are copied to ${Destination.Bucket}, delete markers are not`;
}

/** Returns the setting for the rule of this host. Rules of others stay as they are. */
export function ruleSetting(owner: Owner, bucket: string, wanted: ReplicationDescription): VaultSetting {
  const { role: name, rule } = wanted;
  return {
    name: "replication",
    wanted: inWords(rule),
    async look(): Promise<SettingState> {
      const { role, rules } = await read(owner, bucket);
      const found = rules.find(({ ID }) => ID === rule.ID);
      if (rules.length === 0) return { state: "missing" };
      if (role !== await roleArn(owner, name)) return { state: "different", found: `the role ${role}` };
      if (found === undefined) return { state: "missing" };
      return same(plain(found), rule)
        ? { state: "good" }
        : { state: "different", found: differences(found, rule).join("; ") };
    },
    async make(): Promise<void> {
      const { role, rules } = await read(owner, bucket);
      const own = await roleArn(owner, name);
      const others = rules.filter(({ ID }) => ID !== rule.ID);
      if (others.length > 0 && role !== own) throw otherRole(bucket, role ?? "");
      const Priority = Math.max(0, ...others.map((it) => it.Priority ?? 0)) + 1;
      await write(owner, bucket, { role: own, rules: [...others, { ...rule, Priority } as LiveRule] });
    },
  };
}

/** Returns the setting that no rule of this host copies to the mirror. Rules of others stay. */
export function noRuleSetting(owner: Owner, bucket: string, { rule }: ReplicationDescription): VaultSetting {
  const target = rule.Destination.Bucket;
  const isOwn = ({ ID, Destination }: LiveRule): boolean => ID === rule.ID && Destination?.Bucket === target;
  return {
    name: "replication",
    wanted: `no new objects are copied to ${target}`,
    async look(): Promise<SettingState> {
      const found = (await read(owner, bucket)).rules.find(isOwn);
      return found === undefined
        ? { state: "good" }
        : { state: "different", found: `the rule "${found.ID}"` };
    },
    async make(): Promise<void> {
      const { role, rules } = await read(owner, bucket);
      const others = rules.filter((it) => !isOwn(it));
      if (others.length > 0) await write(owner, bucket, { role, rules: others });
      else await owner.s3.send(new DeleteBucketReplicationCommand({ Bucket: bucket }));
    },
  };
}

/** Returns the setting that the role does not exist, unless another rule of the bucket needs it. */
export function noRoleSetting(owner: Owner, bucket: string, wanted: ReplicationDescription): VaultSetting {
  const { role: name, rule } = wanted;
  return {
    name: "role",
    wanted: `${name} does not exist, unless another rule of the bucket needs it`,
    async look(): Promise<SettingState> {
      const arn = await roleArn(owner, name);
      if (arn === undefined) return { state: "good" };
      const { role, rules } = await read(owner, bucket);
      const others = rules.filter(({ ID, Destination }) =>
        ID !== rule.ID || Destination?.Bucket !== rule.Destination.Bucket
      );
      return role === arn && others.length > 0 ? { state: "good" } : { state: "different", found: arn };
    },
    make: () => removeRole(owner, name),
  };
}

/** Returns a rule in the form in which nightdrop writes it. */
function plain({ Priority: _, ...rule }: LiveRule): object {
  return { ...rule, Filter: { Prefix: prefixOf(rule) }, Prefix: undefined };
}

function prefixOf({ Filter, Prefix }: LiveRule): string {
  return Filter?.Prefix ?? Prefix ?? "";
}

/** Returns in words how a rule differs from the wanted one; the rule itself if that is in another key. */
function differences(found: LiveRule, rule: ReplicationRule): string[] {
  const prefix = prefixOf(found);
  const storageClass = found.Destination?.StorageClass;
  const words = [
    ...flawsOf(found, rule),
    ...(prefix === rule.Filter.Prefix ? [] : [`it copies the keys that begin with "${prefix}"`]),
    ...(storageClass === rule.Destination.StorageClass
      ? []
      : [`its storage class is ${storageClass ?? "that of the source"}`]),
  ];
  return words.length > 0 ? words : [JSON.stringify(plain(found))];
}

/** Returns in words why a rule does not make a mirror of its objects, or one that an intruder can empty. */
function flawsOf(
  { Status, DeleteMarkerReplication, Destination }: LiveRule,
  rule: ReplicationRule,
): string[] {
  return [
    ...(Status === rule.Status ? [] : ["it is disabled"]),
    ...(DeleteMarkerReplication?.Status === "Enabled" ? ["it copies delete markers"] : []),
    ...(Destination?.Bucket === rule.Destination.Bucket ? [] : [`it copies to ${Destination?.Bucket}`]),
  ];
}

/**
 * Returns the setting that new objects of this host are copied to the mirror, by nightdrop's rule or by one that somebody else
 * has made. It is for audits, and makes nothing.
 */
export function copyingSetting(owner: Owner, bucket: string, { rule }: ReplicationDescription): VaultSetting {
  const concerns = (it: LiveRule): boolean =>
    it.ID === rule.ID ||
    (it.Destination?.Bucket === rule.Destination.Bucket && rule.Filter.Prefix.startsWith(prefixOf(it)));
  return {
    name: "replication",
    wanted: inWords(rule),
    async look(): Promise<SettingState> {
      const { rules } = await read(owner, bucket);
      const [flaws] = rules.filter(concerns).map((it) => flawsOf(it, rule)).sort((a, b) =>
        a.length - b.length
      );
      if (flaws === undefined) return { state: "missing" };
      return flaws.length === 0 ? { state: "good" } : { state: "different", found: flaws.join("; ") };
    },
    make: () => Promise.resolve(),
  };
}

/** Whether a bucket replicates with this role. */
export async function hasRole(owner: Owner, bucket: string, name: string): Promise<boolean> {
  const { role } = await read(owner, bucket);
  return role?.endsWith(`/${name}`) === true;
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
