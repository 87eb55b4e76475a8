import { Misuse } from "../../model/failure.ts";
import type { Dialect } from "./description.ts";
import { managedUserSettings } from "./managed_policies.ts";
import type { Owner } from "./owner.ts";
import type { Policy } from "./policy.ts";
import type { Step } from "./steps.ts";
import { userSettings } from "./user.ts";
import { type VaultUser, vaultUser } from "./vault_user.ts";

/** User of the owner's side as it should be. */
export interface OwnUserDescription {
  /** Name of the user at the provider. */
  readonly name: string;
  /** At Amazon as many as the length of one requires; elsewhere one. */
  readonly policies: readonly Policy[];
  /** Permissions of the policies in words. */
  readonly may: string;
  /** Instruction for the owner if the provider has no user policies. */
  readonly byHand: string;
  /** Instruction if there would be more policies than Amazon allows. */
  readonly advice: string;
}

/** Maximum number of managed policies of a user at Amazon: "IAM and AWS STS quotas". */
const MAX_POLICIES = 10;

/** Returns a user of the owner's side for many buckets. Its settings throw `Misuse` if it needs more policies than Amazon allows. */
export function ownUser(owner: Owner, wanted: OwnUserDescription, dialect: Dialect): VaultUser {
  const { name, policies, may, byHand, advice } = wanted;
  const settings = dialect === "amazon"
    ? managedUserSettings(owner, name, policies, may)
    : userSettings(owner, { user: name, userPolicy: policies[0]!, may, byHand }, dialect);
  const user = vaultUser(owner, name, settings, dialect);
  return {
    ...user,
    settings(apply, each): Promise<Step[]> {
      if (policies.length > MAX_POLICIES) throw tooMany(name, policies.length, advice);
      return user.settings(apply, each);
    },
  };
}

function tooMany(user: string, count: number, hint: string): Misuse {
  return new Misuse(
    `Cannot provision the user ${user}: it would need ${count} policies, and Amazon allows ${MAX_POLICIES} for a user`,
    { hint },
  );
}
