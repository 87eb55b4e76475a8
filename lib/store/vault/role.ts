import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { unlessAbsent } from "./answers.ts";
import type { Owner } from "./owner.ts";
import type { ReplicationDescription } from "./replication_description.ts";
import { same, type SettingState, type VaultSetting } from "./setting.ts";
import { PATH, POLICY_NAME, readDocument } from "./user.ts";

/** Returns the settings for the role of a replication: the role, which only S3 takes on, and its policy. */
export function roleSettings(owner: Owner, wanted: ReplicationDescription): VaultSetting[] {
  return [roleSetting(owner, wanted), rolePolicySetting(owner, wanted)];
}

/** Returns the ARN of a role; undefined if it does not exist. */
export async function roleArn({ iam }: Owner, RoleName: string): Promise<string | undefined> {
  return (await unlessAbsent(iam.send(new GetRoleCommand({ RoleName }))))?.Role?.Arn;
}

/** Removes a role of nightdrop with its policy, if it exists. */
export async function removeRole({ iam }: Owner, RoleName: string): Promise<void> {
  await unlessAbsent(iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: POLICY_NAME })));
  await unlessAbsent(iam.send(new DeleteRoleCommand({ RoleName })));
}

function roleSetting({ iam }: Owner, { role: RoleName, trust }: ReplicationDescription): VaultSetting {
  const found = async (): Promise<object | undefined> => {
    const role = (await unlessAbsent(iam.send(new GetRoleCommand({ RoleName }))))?.Role;
    return role && readDocument(role.AssumeRolePolicyDocument ?? "{}");
  };
  return {
    name: "role",
    wanted: `${RoleName}, which S3 alone takes on`,
    async look(): Promise<SettingState> {
      const document = await found();
      if (document === undefined) return { state: "missing" };
      return same(document, trust)
        ? { state: "good" }
        : { state: "different", found: JSON.stringify(document) };
    },
    async make(): Promise<void> {
      const document = JSON.stringify(trust);
      if (await found() === undefined) {
        const input = { RoleName, Path: PATH, AssumeRolePolicyDocument: document };
        await iam.send(new CreateRoleCommand(input));
      } else {
        await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: document }));
      }
    },
  };
}

function rolePolicySetting(
  { iam }: Owner,
  { role: RoleName, rolePolicy }: ReplicationDescription,
): VaultSetting {
  return {
    name: "role policy",
    wanted: "it may read versions of the source and replicate them, without deletions",
    async look(): Promise<SettingState> {
      const command = new GetRolePolicyCommand({ RoleName, PolicyName: POLICY_NAME });
      const found = await unlessAbsent(iam.send(command));
      if (found === undefined) return { state: "missing" };
      const document = readDocument(found.PolicyDocument ?? "{}");
      return same(document, rolePolicy)
        ? { state: "good" }
        : { state: "different", found: JSON.stringify(document) };
    },
    async make(): Promise<void> {
      const PolicyDocument = JSON.stringify(rolePolicy);
      await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: POLICY_NAME, PolicyDocument }));
    },
  };
}
