import {
  CreateAccessKeyCommand,
  GetUserCommand,
  ListAccessKeysCommand,
  ListUsersCommand,
  PutUserPolicyCommand,
} from "iam";
import type { Probe } from "./probe.ts";

/** A user that there is not: whoever may change users is told so. */
const NOBODY = "nightdrop-audit-nobody";

const DENIAL = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Action: "*", Resource: "*" }],
});

/** Seeing and changing users, policies and keys. */
export const USERS: readonly Probe[] = [
  probe("list users", "iam:ListUsers", ({ iam }) => iam.send(new ListUsersCommand({ MaxItems: 1 }))),
  probe("see its own user", "iam:GetUser", ({ iam }) => iam.send(new GetUserCommand({}))),
  probe(
    "list its own access keys",
    "iam:ListAccessKeys",
    ({ iam }) => iam.send(new ListAccessKeysCommand({})),
  ),
  probe("make an access key", "iam:CreateAccessKey", ({ iam }) => {
    return iam.send(new CreateAccessKeyCommand({ UserName: NOBODY }));
  }),
  probe("give a user a policy", "iam:PutUserPolicy", ({ iam }) => {
    const policy = { PolicyName: "nightdrop-audit", PolicyDocument: DENIAL };
    return iam.send(new PutUserPolicyCommand({ UserName: NOBODY, ...policy }));
  }),
];

function probe(name: string, action: string, call: Probe["call"]): Probe {
  return { name, remedy: `Take ${action} out of what the host's user may`, call };
}
