import {
  CreateUserCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  ListAttachedUserPoliciesCommand,
  ListGroupsForUserCommand,
  ListUserPoliciesCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { Failure } from "../../model/failure.ts";
import { isUnknownThere, ownerError, providerCodeOf, statusOf, unlessAbsent } from "./answers.ts";
import type { Dialect } from "./description.ts";
import type { Owner } from "./owner.ts";
import { same, type SettingState, type VaultSetting } from "./setting.ts";
import type { Policy } from "./policy.ts";

/** Name of the policy of a user. */
export const POLICY_NAME = "nightdrop";

/** Path of nightdrop's users and roles among those of an account. */
export const PATH = "/nightdrop/";

/** User as it should be. */
export interface UserDescription {
  /** Name of the user at the provider. */
  readonly user: string;
  readonly userPolicy: Policy;
  /** Permissions of the policy in words: `may s3:PutObject, and nothing else`. */
  readonly may: string;
  /** Instruction for the owner if the provider has no user policies. */
  readonly byHand: string;
}

/** Returns the settings for a user: the user, its policy, and that it has no other policies. */
export function userSettings(owner: Owner, wanted: UserDescription, dialect: Dialect): VaultSetting[] {
  return [
    ...(dialect === "amazon" ? [userSetting(owner, wanted.user)] : []),
    userPolicySetting(owner, wanted, dialect),
    otherPoliciesSetting(owner, wanted.user, dialect),
  ];
}

const dialects = new WeakMap<Owner, Promise<Dialect>>();

/** Finds out the kind of provider. It asks once for a fleet, because IAM limits the rate of requests. */
export function dialectOf(owner: Owner, user: string): Promise<Dialect> {
  const known = dialects.get(owner);
  if (known !== undefined) return known;
  const asked = askDialect(owner, user);
  dialects.set(owner, asked);
  asked.catch(() => dialects.delete(owner));
  return asked;
}

/**
 * Asks IAM for the kind of provider: Ceph's gateway does not support `GetUser`.
 *
 * @throws {StoreError} if the provider refuses.
 */
async function askDialect({ iam }: Owner, user: string): Promise<Dialect> {
  try {
    await unlessAbsent(iam.send(new GetUserCommand({ UserName: user })));
    return "amazon";
  } catch (error) {
    if (isUnknownThere(error)) return "ceph";
    throw isNoService(error) ? noUsers() : ownerError(error, `${user}: user`);
  }
}

/** Whether the server refused a request because of the service that it is for, which is no error of IAM. */
function isNoService(error: unknown): boolean {
  return statusOf(error) === 400 && providerCodeOf(error) === "Unknown";
}

function noUsers(): Failure {
  return new Failure(
    "Cannot make or compare settings: the server has no interface for users and their policies (IAM)",
    {
      hint: "Make the bucket and the user by hand, as docs/STORES.md describes for OpenStack Swift",
    },
  );
}

/** Returns the setting for the user itself, at Amazon. */
export function userSetting({ iam }: Owner, UserName: string): VaultSetting {
  return {
    name: "user",
    wanted: UserName,
    async look(): Promise<SettingState> {
      const found = await unlessAbsent(iam.send(new GetUserCommand({ UserName })));
      return { state: found === undefined ? "missing" : "good" };
    },
    async make(): Promise<void> {
      await iam.send(new CreateUserCommand({ UserName, Path: PATH }));
    },
  };
}

function makeByHand(user: string): string {
  return `the user does not exist, and this provider's API cannot create it: radosgw-admin user create --uid=${user} ` +
    `--display-name=${user} --max-buckets=-1`;
}

const CAPABILITY =
  "these credentials cannot see users: radosgw-admin caps add --uid=OWNER --caps='user-policy=*', " +
  "which removes the policies of that user";

/**
 * Returns the state of a policy on a server without IAM users, or with an administrator who alone sets
 * policies.
 */
function notOurs(error: unknown, byHand: string): SettingState {
  if (isUnknownThere(error)) {
    return {
      state: "lacking",
      open: `this provider has its own way to create users and policies: ${byHand}`,
    };
  }
  if (statusOf(error) === 403) return { state: "by-hand", todo: CAPABILITY };
  throw error;
}

function userPolicySetting(
  { iam }: Owner,
  { user: UserName, userPolicy, may, byHand }: UserDescription,
  dialect: Dialect,
): VaultSetting {
  return {
    name: "user policy",
    wanted: `${UserName} ${may}`,
    async look(): Promise<SettingState> {
      try {
        // The list comes first because Ceph's gateway 16.2 answers a request for a missing policy with malformed XML.
        // It gives the same answer for a user without policies and for a user that does not exist.
        const list = await unlessAbsent(iam.send(new ListUserPoliciesCommand({ UserName })));
        if (!list?.PolicyNames?.includes(POLICY_NAME)) return { state: "missing" };
        const command = new GetUserPolicyCommand({ UserName, PolicyName: POLICY_NAME });
        const found = readDocument((await iam.send(command)).PolicyDocument ?? "{}");
        if (same(found, userPolicy)) return { state: "good" };
        return { state: "different", found: inWords(found) };
      } catch (error) {
        if (dialect === "amazon") throw error;
        return notOurs(error, byHand);
      }
    },
    async make(): Promise<SettingState | void> {
      const PolicyDocument = JSON.stringify(userPolicy);
      const command = new PutUserPolicyCommand({ UserName, PolicyName: POLICY_NAME, PolicyDocument });
      if (dialect === "amazon") await iam.send(command);
      else if (await unlessAbsent(iam.send(command)) === undefined) {
        return { state: "by-hand", todo: makeByHand(UserName) };
      }
    },
  };
}

/** Returns what a policy allows, in words, to show how it differs from the wanted one. */
function inWords({ Statement }: Policy): string {
  const allowed = [Statement].flat().filter(({ Effect }) => Effect === "Allow");
  if (allowed.length === 0) return "it allows nothing";
  const what = allowed.map(({ Action, Resource }) =>
    `${[Action].flat().join(", ")} on ${[Resource].flat().join(", ")}`
  );
  return `it allows ${what.join("; ")}`;
}

/** Parses a policy document. Amazon returns it encoded as in a URL, Ceph as it is. */
export function readDocument(text: string): Policy {
  return JSON.parse(text.startsWith("%") ? decodeURIComponent(text) : text);
}

/** Returns the names of other policies of a user: inline, attached, and those of its groups. */
async function otherPolicies(
  { iam }: Owner,
  UserName: string,
  dialect: Dialect,
  isOwn: (attached: string) => boolean,
): Promise<string[]> {
  const own = await unlessAbsent(iam.send(new ListUserPoliciesCommand({ UserName })));
  const inline = own?.PolicyNames?.filter((name) => name !== POLICY_NAME) ?? [];
  if (dialect !== "amazon" || own === undefined) return inline;
  const attached = await iam.send(new ListAttachedUserPoliciesCommand({ UserName }));
  const groups = await iam.send(new ListGroupsForUserCommand({ UserName }));
  return [
    ...inline,
    ...(attached.AttachedPolicies ?? []).map((it) => it.PolicyName ?? "").filter((it) => !isOwn(it)),
    ...(groups.Groups ?? []).map((it) => `those of the group ${it.GroupName}`),
  ];
}

/**
 * Returns the setting that a user has no other policies.
 *
 * @param isOwn Returns whether an attached policy is from nightdrop.
 */
export function otherPoliciesSetting(
  owner: Owner,
  UserName: string,
  dialect: Dialect,
  isOwn: (attached: string) => boolean = () => false,
): VaultSetting {
  const others = (): Promise<string[]> => otherPolicies(owner, UserName, dialect, isOwn);
  return {
    name: "other policies",
    wanted: "none",
    async look(): Promise<SettingState> {
      try {
        const found = await others();
        return found.length === 0 ? { state: "good" } : { state: "different", found: found.join(", ") };
      } catch (error) {
        if (dialect === "ceph" && (isUnknownThere(error) || statusOf(error) === 403)) {
          return {
            state: "lacking",
            open: "other permissions of the user cannot be seen: `nightdrop audit` tries them",
          };
        }
        throw error;
      }
    },
    async make(): Promise<void> {
      const found = await others();
      throw new Failure(`The user ${UserName} has other policies: ${found.join(", ")}`, {
        hint: "They are not from nightdrop: remove them from the user, then run provision again",
      });
    },
  };
}
