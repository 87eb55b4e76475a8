/**
 * Rotation of a user's key at servers where only the administrator can change keys, such as Ceph's gateway. nightdrop
 * prints the administrator's commands, and checks before each step that the last one has left the user its policy.
 *
 * @module
 */
import type { Credentials } from "../config/credentials.ts";
import { Failure, Misuse } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import type { KeyTrial } from "../store/vault/key_trial.ts";
import type { Step } from "../store/vault/steps.ts";
import type { Vault } from "../store/vault/vault.ts";
import type { VaultUser } from "../store/vault/vault_user.ts";
import { credentialsIn, type KeyStep, type KeyWords } from "./user_key.ts";
import { addKeyCommands, keepKeyCommands } from "./radosgw_commands.ts";

/** Options of {@link rotateByHand}. */
export interface RotationByHand {
  /** Path of the credentials file. */
  readonly file: string;
  /** Whether to set a policy that is missing. */
  readonly apply: boolean;
  /** Whether the new key is used already, so that the others can be removed. */
  readonly finish: boolean;
  /** Called after each step. */
  readonly each: (step: Step) => void;
  /** Tries the key in the file, and returns what it can do, in words. It throws if that is too much or too little. */
  readonly check: (held: Credentials) => Promise<string>;
}

/**
 * Checks the policy of a user and its key in a file, and returns the commands for the next step of a rotation.
 *
 * @throws {Misuse} if the key in the file is not a key of the user, or if there is none to keep.
 * @throws {Failure} if the key can do more than the policy allows.
 */
export async function rotateByHand(
  user: VaultUser,
  { file, apply, finish, each, check }: RotationByHand,
  words: KeyWords,
): Promise<{ readonly steps: readonly Step[]; readonly keys: readonly KeyStep[] }> {
  const steps = await user.settings(apply, each);
  if (!steps.every(isDone)) {
    return { steps, keys: [{ state: "by-hand", text: "comes after the settings of the user" }] };
  }
  const held = credentialsIn(file);
  if (held === undefined && finish) throw notHeld(user.name, file);
  const checked = held === undefined ? [] : [await checkedKey(file, held, check)];
  const change = finish ? removeOthers(user.name, held!.accessKeyId, words) : addKey(user.name, file, words);
  return { steps, keys: [...checked, change] };
}

/** Whether a setting is as wanted, or cannot be set. */
export function isDone({ before, made }: Step): boolean {
  return made || before.state === "good" || before.state === "lacking";
}

/** Returns the step of a key that was tried. */
export async function checkedKey(
  file: string,
  held: Credentials,
  check: RotationByHand["check"],
): Promise<KeyStep> {
  return { state: "good", text: `${held.accessKeyId}, in ${file}: ${await check(held)}` };
}

/** Returns what a host can do with a key, in words; it throws unless that is to put. */
export async function checkHostKey(vault: Vault, file: string, held: Credentials): Promise<string> {
  const { put, read, object } = await vault.tryKey(held);
  if (put !== "accepted") throw unusable(vault.user.name, file, put);
  if (read === "allowed") {
    throw new Failure(`The key ${held.accessKeyId}, in ${file} can read ${printable(object!)}`, {
      hint: "Run `nightdrop audit HOST` to see what else it can do",
    });
  }
  const reads = read === undefined ? "nothing is stored yet" : "it cannot read what the host has stored";
  return `it can put objects; ${reads}`;
}

/** Returns the step of a user at Ceph that has no key in the file: the administrator adds one. */
export function addKey(user: string, file: string, { after }: KeyWords): KeyStep {
  return {
    state: "by-hand",
    text: "the provider's administrator adds a second key. These commands keep the user's policy, which " +
      `\`radosgw-admin key create\` removes. ${after}. Copy them to ${file} too, if that is on another machine`,
    commands: addKeyCommands(user, file),
  };
}

function removeOthers(user: string, id: string, { used }: KeyWords): KeyStep {
  return {
    state: "by-hand",
    text: `after ${used} ${id}, the provider's administrator removes the other keys. These commands keep ` +
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
