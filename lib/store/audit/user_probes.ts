import {
  AddUserToGroupCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  GetUserCommand,
  ListAccessKeysCommand,
  ListUserPoliciesCommand,
  ListUsersCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import type { Probe } from "./probe.ts";

/** Names that do not exist. A user who may change users gets "not found", all others get "denied". */
const NOBODY = "nightdrop-audit-nobody";
const NO_KEY = "AKIANIGHTDROPAUDIT00";
const NO_POLICY = "arn:aws:iam::aws:policy/nightdrop-audit-none";

/** Requests that read or change users, policies and keys: the host's own, and those of others. */
export const USERS: readonly Probe[] = [
  probe("list users", "iam:ListUsers", ({ iam }) => iam.send(new ListUsersCommand({ MaxItems: 1 }))),
  probe("see its own user", "iam:GetUser", ({ iam }) => iam.send(new GetUserCommand({}))),
  probe("list its own policies", "iam:ListUserPolicies", ({ iam, user: UserName }) => {
    return iam.send(new ListUserPoliciesCommand({ UserName }));
  }),
  probe("list its own access keys", "iam:ListAccessKeys", ({ iam }) => {
    return iam.send(new ListAccessKeysCommand({}));
  }),
  probe("make an access key", "iam:CreateAccessKey", ({ iam }) => {
    return iam.send(new CreateAccessKeyCommand({ UserName: NOBODY }));
  }),
  // The key is active, and stays active.
  probe("change its own access key", "iam:UpdateAccessKey", ({ iam, accessKeyId: AccessKeyId }) => {
    return iam.send(new UpdateAccessKeyCommand({ AccessKeyId, Status: "Active" }));
  }),
  probe("remove an access key", "iam:DeleteAccessKey", ({ iam }) => {
    return iam.send(new DeleteAccessKeyCommand({ AccessKeyId: NO_KEY }));
  }),
  probe("give itself a policy", "iam:PutUserPolicy", ({ iam, user: UserName }) => {
    return iam.send(
      new PutUserPolicyCommand({ UserName, PolicyName: "nightdrop-audit", PolicyDocument: "x" }),
    );
  }),
  probe("give another user a policy", "iam:PutUserPolicy", ({ iam }) => {
    const policy = { PolicyName: "nightdrop-audit", PolicyDocument: "x" };
    return iam.send(new PutUserPolicyCommand({ UserName: NOBODY, ...policy }));
  }),
  probe("attach a managed policy to itself", "iam:AttachUserPolicy", ({ iam, user: UserName }) => {
    return iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: NO_POLICY }));
  }),
  probe("join a group", "iam:AddUserToGroup", ({ iam, user: UserName }) => {
    return iam.send(new AddUserToGroupCommand({ UserName, GroupName: NOBODY }));
  }),
  probe("give a user a password", "iam:CreateLoginProfile", ({ iam }) => {
    return iam.send(new CreateLoginProfileCommand({ UserName: NOBODY, Password: crypto.randomUUID() }));
  }),
  probe(
    "remove a user",
    "iam:DeleteUser",
    ({ iam }) => iam.send(new DeleteUserCommand({ UserName: NOBODY })),
  ),
];

function probe(name: string, action: string, call: Probe["call"]): Probe {
  return { name, remedy: `Remove ${action} from the policy of the host's user`, call };
}
