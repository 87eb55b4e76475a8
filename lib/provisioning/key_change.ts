import type { Step } from "../store/vault/steps.ts";
import type { VaultUser } from "../store/vault/vault_user.ts";
import { rotateByHand, type RotationByHand } from "./key_by_hand.ts";
import { type KeyStep, type KeyWords, revokeUser, rotateKey } from "./user_key.ts";

/** Change of a user's key alone: `rotate` creates a second, `finish` removes the others, `revoke` denies the user all access. */
export type KeyChange = "rotate" | "finish" | "revoke";

/**
 * Changes the key of a user, or plans it. At Amazon it makes the change; elsewhere it returns the commands for the
 * administrator.
 *
 * @throws {Misuse} if there is nothing to rotate or to finish, or the key in the file is not a key of the user.
 * @throws {Failure} if the key in the file can do more than the policy allows.
 */
export async function changeKey(
  user: VaultUser,
  change: KeyChange,
  rotation: Omit<RotationByHand, "finish">,
  words: KeyWords,
): Promise<{ readonly steps: readonly Step[]; readonly keys: readonly KeyStep[] }> {
  const { file, apply } = rotation;
  if (change === "revoke") return { steps: [], keys: await revokeUser(user, apply) };
  const finish = change === "finish";
  if (user.dialect === "amazon") {
    return { steps: [], keys: await rotateKey(user, file, { apply, finish }, words) };
  }
  return await rotateByHand(user, { ...rotation, finish }, words);
}
