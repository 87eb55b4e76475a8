import {
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyVersionCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetUserCommand,
  ListAttachedUserPoliciesCommand,
  ListPolicyVersionsCommand,
  ListUserPoliciesCommand,
} from "@aws-sdk/client-iam";
import { unlessAbsent } from "./answers.ts";
import type { Owner } from "./owner.ts";
import type { Policy } from "./policy.ts";
import { same, type SettingState, type VaultSetting } from "./setting.ts";
import { otherPoliciesSetting, PATH, POLICY_NAME, readDocument, userSetting } from "./user.ts";

/** Maximum number of versions of a managed policy: "IAM and AWS STS quotas". */
const MAX_VERSIONS = 5;

/** Policy as it was found. */
interface Found {
  readonly arn: string;
  readonly document: Policy | undefined;
  readonly isAttached: boolean;
}

/**
 * Returns the settings for a user at Amazon with managed policies, which can be much longer than those in a user: the user, its
 * policies, and that it has no others.
 *
 * @param may Permissions of the policies in words.
 */
export function managedUserSettings(
  owner: Owner,
  user: string,
  policies: readonly Policy[],
  may: string,
): VaultSetting[] {
  return [
    userSetting(owner, user),
    policiesSetting(owner, user, policies, may),
    otherPoliciesSetting(owner, user, "amazon", (name) => isNumbered(user, name)),
  ];
}

function policiesSetting(
  { iam }: Owner,
  user: string,
  policies: readonly Policy[],
  may: string,
): VaultSetting {
  return {
    name: "user policy",
    wanted: `${user} ${may}`,
    look: () => lookAt(iam, user, policies),
    make: () => makeAs(iam, user, policies),
  };
}

async function lookAt(iam: Iam, user: string, policies: readonly Policy[]): Promise<SettingState> {
  const found = await policiesOf(iam, user, policies.length);
  if (found.every(({ document }) => document === undefined)) return { state: "missing" };
  const changed = found.findIndex(({ document }, at) => !same(document, policies[at]));
  if (changed >= 0) {
    return { state: "different", found: `the policy ${nameOf(user, changed)} is another one` };
  }
  if (found.some(({ isAttached }) => !isAttached)) {
    return { state: "different", found: "a policy is not attached" };
  }
  const more = [...await inlineOf(iam, user), ...await surplusOf(iam, user, policies.length)];
  return more.length === 0
    ? { state: "good" }
    : { state: "different", found: `it also has ${more.join(", ")}` };
}

async function makeAs(iam: Iam, user: string, policies: readonly Policy[]): Promise<void> {
  const found = await policiesOf(iam, user, policies.length);
  for (const [at, { arn, document, isAttached }] of found.entries()) {
    if (document === undefined) await create(iam, nameOf(user, at), policies[at]!);
    else if (!same(document, policies[at])) await replace(iam, arn, policies[at]!);
    if (!isAttached) await iam.send(new AttachUserPolicyCommand({ UserName: user, PolicyArn: arn }));
  }
  const [{ arn: first }] = found as [Found];
  for (const name of await surplusOf(iam, user, policies.length)) {
    await iam.send(new DetachUserPolicyCommand({ UserName: user, PolicyArn: sibling(first, name) }));
  }
  // What denies everything after --revoke goes last.
  for (const PolicyName of await inlineOf(iam, user)) {
    await iam.send(new DeleteUserPolicyCommand({ UserName: user, PolicyName }));
  }
}

type Iam = Owner["iam"];

/** Returns the policies with nightdrop's names. */
async function policiesOf(iam: Iam, UserName: string, count: number): Promise<Found[]> {
  const user = (await unlessAbsent(iam.send(new GetUserCommand({ UserName }))))?.User?.Arn ?? "";
  const attached = await attachedTo(iam, UserName);
  return await Promise.all(Array.from({ length: count }, async (_, at): Promise<Found> => {
    const arn = `${user.split(":").slice(0, 5).join(":")}:policy${PATH}${nameOf(UserName, at)}`;
    const document = user === "" ? undefined : await documentOf(iam, arn);
    return { arn, document, isAttached: attached.includes(nameOf(UserName, at)) };
  }));
}

async function documentOf(iam: Iam, PolicyArn: string): Promise<Policy | undefined> {
  const policy = (await unlessAbsent(iam.send(new GetPolicyCommand({ PolicyArn }))))?.Policy;
  if (policy === undefined) return undefined;
  const version = new GetPolicyVersionCommand({ PolicyArn, VersionId: policy.DefaultVersionId });
  return readDocument((await iam.send(version)).PolicyVersion?.Document ?? "{}");
}

async function create(iam: Iam, PolicyName: string, policy: Policy): Promise<void> {
  await iam.send(new CreatePolicyCommand({ PolicyName, Path: PATH, PolicyDocument: JSON.stringify(policy) }));
}

async function replace(iam: Iam, PolicyArn: string, policy: Policy): Promise<void> {
  const { Versions = [] } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
  const old = Versions.filter(({ IsDefaultVersion }) => !IsDefaultVersion)
    .sort((a, b) => Number(a.CreateDate ?? 0) - Number(b.CreateDate ?? 0));
  if (Versions.length >= MAX_VERSIONS) {
    await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: old[0]?.VersionId }));
  }
  const PolicyDocument = JSON.stringify(policy);
  await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }));
}

async function attachedTo(iam: Iam, UserName: string): Promise<string[]> {
  const found = await unlessAbsent(iam.send(new ListAttachedUserPoliciesCommand({ UserName })));
  return (found?.AttachedPolicies ?? []).map(({ PolicyName = "" }) => PolicyName);
}

/** Returns the names of attached policies of a time with more places. */
async function surplusOf(iam: Iam, user: string, count: number): Promise<string[]> {
  const wanted = Array.from({ length: count }, (_, at) => nameOf(user, at));
  return (await attachedTo(iam, user)).filter((it) => isNumbered(user, it) && !wanted.includes(it));
}

/** Returns the name of nightdrop's policy in the user itself, which `denyAll` makes. */
async function inlineOf(iam: Iam, UserName: string): Promise<string[]> {
  const found = await unlessAbsent(iam.send(new ListUserPoliciesCommand({ UserName })));
  return (found?.PolicyNames ?? []).filter((it) => it === POLICY_NAME);
}

function nameOf(user: string, at: number): string {
  return `${user}-${at + 1}`;
}

function isNumbered(user: string, name: string): boolean {
  return name.startsWith(`${user}-`) && /^[1-9]\d*$/.test(name.slice(user.length + 1));
}

function sibling(arn: string, name: string): string {
  return arn.slice(0, arn.lastIndexOf("/") + 1) + name;
}
