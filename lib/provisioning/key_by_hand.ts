/**
 * Rotation of a host's key at servers where only the administrator can change keys, such as Ceph's gateway. nightdrop
 * prints the administrator's commands, and checks before each step that the last one has left the host put-only.
 *
 * @module
 */
import type { Credentials } from "../config/credentials.ts";
import { Failure, Misuse } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import type { KeyTrial } from "../store/vault/key_trial.ts";
import type { Step, Vault } from "../store/vault/vault.ts";
import { credentialsIn, type KeyStep } from "./host_key.ts";
import { addKeyCommands, keepKeyCommands } from "./radosgw_commands.ts";

/** Options of {@link rotateByHand}. */
export interface RotationByHand {
  /** Path of the credentials file in the kit. */
  readonly file: string;
  /** Whether to set a policy that is missing. */
  readonly apply: boolean;
  /** Whether the host uses the new key already, so that the others can be removed. */
  readonly finish: boolean;
  /** Called after each step. */
  readonly each: (step: Step) => void;
}

/**
 * Checks the policy of the host's user and the key in the kit, and returns the commands for the next step of a rotation.
 *
 * @throws {Misuse} if the key in the kit is not a key of the host's user, or if there is none to keep.
 * @throws {Failure} if the key can read what the host has stored.
 */
export async function rotateByHand(
  vault: Vault,
  { file, apply, finish, each }: RotationByHand,
): Promise<{ readonly steps: readonly Step[]; readonly keys: readonly KeyStep[] }> {
  const steps = await vault.user(apply, each);
  if (!steps.every(isDone)) {
    return { steps, keys: [{ state: "by-hand", text: "comes after the settings of the user" }] };
  }
  const { user } = vault.description;
  const held = credentialsIn(file);
  if (held === undefined && finish) throw notHeld(user, file);
  const checked = held === undefined ? [] : [await checkedKey(vault, file, held)];
  return { steps, keys: [...checked, finish ? removeOthers(user, held!.accessKeyId) : addKey(user, file)] };
}

function isDone({ before, made }: Step): boolean {
  return made || before.state === "good" || before.state === "lacking";
}

async function checkedKey(vault: Vault, file: string, held: Credentials): Promise<KeyStep> {
  const { user } = vault.description;
  const { put, read, object } = await vault.tryKey(held);
  if (put !== "accepted") throw unusable(user, file, put);
  const key = `${held.accessKeyId}, in ${file}`;
  if (read === "allowed") {
    throw new Failure(`The key ${key} can read ${printable(object!)}`, {
      hint: "Run `nightdrop audit HOST` to see what else it can do",
    });
  }
  const reads = read === undefined ? "nothing is stored yet" : "it cannot read what the host has stored";
  return { state: "good", text: `${key}: it can put objects; ${reads}` };
}

function addKey(user: string, file: string): KeyStep {
  return {
    state: "by-hand",
    text: "the provider's administrator adds a second key. These commands keep the user's policy, which " +
      "`radosgw-admin key create` removes. Then copy the credentials to the host, and run --rotate --finish " +
      `after a backup. Copy them to ${file} too, if that is on another machine`,
    commands: addKeyCommands(user, file),
  };
}

function removeOthers(user: string, id: string): KeyStep {
  return {
    state: "by-hand",
    text:
      `after the host has backed up with ${id}, the provider's administrator removes the other keys. These commands keep ` +
      "the user's policy, which `radosgw-admin key rm` removes, and print the remaining key",
    commands: keepKeyCommands(user, id),
  };
}

function notHeld(user: string, file: string): Misuse {
  return new Misuse(`Cannot remove keys of ${user}: there is no key to keep in ${file}`, {
    hint: "Run --rotate without --finish to create a key, which is then kept",
  });
}

function unusable(user: string, file: string, put: KeyTrial["put"]): Misuse {
  const why = put === "refused" ? "the server refuses puts with" : "the server does not know";
  return new Misuse(`Cannot rotate the key of ${user}: ${why} the key in ${file}`, {
    hint: `Write a key of ${user} to this file, or remove the file to create another key`,
  });
}
