import { setTimeout as delay } from "node:timers/promises";
import { Failure } from "../../model/failure.ts";
import { keyPrefix } from "../key_prefix.ts";
import type { S3Options } from "../s3/options.ts";
import { ownerError } from "./answers.ts";
import { bucketSetting } from "./bucket.ts";
import { describeVault, type Dialect, type VaultDescription, type VaultRequest } from "./description.ts";
import { lifecycleSetting } from "./expiry.ts";
import {
  type AccessKey,
  accessKeys,
  denyAll,
  lastUsed,
  newAccessKey,
  type NewKey,
  removeAccessKey,
} from "./keys.ts";
import { type KeyTrial, tryKey } from "./key_trial.ts";
import { identitySetting, readIdentity } from "./identity.ts";
import { knownLacks } from "./lacks.ts";
import type { Owner } from "./owner.ts";
import { describeState, type SettingState, type VaultSetting } from "./setting.ts";
import { probePut } from "./probe.ts";
import { bucketPolicySetting } from "./refusals.ts";
import { someObject } from "./some_object.ts";
import { valueSettings } from "./settings.ts";
import { dialectOf, userSettings } from "./user.ts";

/** Setting of a vault as it was found, before it was made. */
export interface Step {
  /** Name, such as "versioning". */
  readonly name: string;
  /** State that is wanted, in words. */
  readonly wanted: string;
  /** State that was found. */
  readonly before: SettingState;
  /** Whether this run made or changed it. */
  readonly made: boolean;
}

/** Bucket and user of a host, as the owner can manage them. */
export interface Vault {
  readonly dialect: Dialect;
  readonly description: VaultDescription;
  /** Reads the state of every setting. It changes nothing. */
  plan(): Promise<Step[]>;
  /**
   * Creates settings that are missing and changes those that differ, in order, and reads each back. Settings
   * that an earlier, interrupted run made are found and left as they are.
   *
   * @throws {StoreError} if the provider refuses.
   * @throws {Failure} if a setting does not read back as it was made.
   */
  apply(each: (step: Step) => void): Promise<Step[]>;
  /** Reads the settings of the user; with `apply`, makes them as {@link Vault.apply} does. */
  user(apply: boolean, each: (step: Step) => void): Promise<Step[]>;
  /** Tries what the host can do with a key. It stores nothing. */
  tryKey(credentials: S3Options["credentials"]): Promise<KeyTrial>;
  /** Returns the identity of the bucket; undefined if it has none. */
  identity(): Promise<string | undefined>;
  /**
   * Returns the keys of the user, the oldest first; undefined if the provider creates keys in another way.
   */
  keys(): Promise<AccessKey[] | undefined>;
  lastUsed(id: string): Promise<Date | undefined>;
  newKey(): Promise<NewKey>;
  removeKey(id: string): Promise<void>;
  /** Denies everything to the user. */
  denyAll(): Promise<void>;
}

/**
 * Milliseconds to wait before each attempt to read a change back. Amazon's servers need time until they
 * agree.
 */
const READ_BACK: readonly number[] = [0, 300, 1000, 3000, 5000];

/** Opens the vault that `request` describes. It asks the provider for its kind. */
export async function openVault(owner: Owner, request: VaultRequest): Promise<Vault> {
  const place = `s3://${request.bucket}`;
  const reported = <T>(what: string, call: () => Promise<T>): Promise<T> =>
    call().catch((error) => {
      throw ownerError(error, `${request.user}: ${what}`);
    });
  const dialect = await reported("user", () => dialectOf(owner, request.user));
  const description = describeVault(request, dialect);
  const bucket = bucketSettings(owner, description, dialect).map((it) => describeState(place, it));
  const user = userSettings(owner, description, dialect).map((it) => describeState(request.user, it));
  const lacks = knownLacks(request, dialect);
  return {
    dialect,
    description,
    plan: async () => [
      ...(await Promise.all([bucketSteps(bucket), Promise.all(user.map(look))])).flat(),
      ...await Promise.all(lacks.map(look)),
    ],
    async apply(each): Promise<Step[]> {
      const steps = [
        ...await makeAll(bucket, each),
        ...await makeAll(user, each),
        ...await makeAll(lacks, each),
      ];
      await reported("a put on trial", () => probePut(owner, description, keyPrefix(request.prefix)));
      return steps;
    },
    user: (apply, each) => apply ? makeAll(user, each) : Promise.all(user.map(look)),
    tryKey: (credentials) => reported("key", () => tried(owner, request, credentials)),
    identity: () => reported("identity", () => readIdentity(owner, request.bucket)),
    keys: () =>
      dialect === "amazon"
        ? reported("keys", () => accessKeys(owner, request.user))
        : Promise.resolve(undefined),
    lastUsed: (id) => reported("keys", () => lastUsed(owner, id)),
    newKey: () => reported("new key", () => newAccessKey(owner, request.user)),
    removeKey: (id) => reported(`key ${id}`, () => removeAccessKey(owner, request.user, id)),
    denyAll: () => reported("user policy", () => denyAll(owner, request.user, dialect)),
  };
}

/** Tries a host's key on the bucket, and on one of the objects that the host has stored. */
async function tried(
  owner: Owner,
  { host, bucket, prefix }: VaultRequest,
  credentials: S3Options["credentials"],
): Promise<KeyTrial> {
  const directory = `${keyPrefix(prefix)}${host}/`;
  const object = await someObject(owner, bucket, directory);
  const client = owner.asHost(credentials);
  try {
    return await tryKey(client, bucket, directory, object);
  } finally {
    client.destroy();
  }
}

function bucketSettings(owner: Owner, description: VaultDescription, dialect: Dialect): VaultSetting[] {
  return [
    bucketSetting(owner, description, dialect),
    ...valueSettings(owner, description),
    lifecycleSetting(owner, description),
    bucketPolicySetting(owner, description, dialect),
    identitySetting(owner, description),
  ];
}

/** Reads the state of all settings. If the bucket does not exist, its settings are not asked for. */
async function bucketSteps([bucket, ...rest]: readonly VaultSetting[]): Promise<Step[]> {
  const first = await look(bucket!);
  if (first.before.state !== "missing") return [first, ...await Promise.all(rest.map(look))];
  return [first, ...rest.map((it) => step(it, first.before))];
}

async function look(setting: VaultSetting): Promise<Step> {
  return step(setting, await setting.look());
}

/**
 * Makes settings in order. After a setting that the owner must make by hand, those that depend on it wait.
 */
async function makeAll(settings: readonly VaultSetting[], each: (step: Step) => void): Promise<Step[]> {
  const steps: Step[] = [];
  for (const it of settings) {
    const barred = steps.some(({ before }) => before.state === "by-hand");
    const done = barred ? step(it, { state: "by-hand", todo: "comes after that" }) : await makeOne(it);
    steps.push(done);
    each(done);
  }
  return steps;
}

async function makeOne(setting: VaultSetting): Promise<Step> {
  const before = await setting.look();
  if (before.state !== "missing" && before.state !== "different") return step(setting, before);
  const refused = await setting.make();
  if (refused) return step(setting, refused);
  await readBack(setting);
  return step(setting, before, true);
}

async function readBack(setting: VaultSetting): Promise<void> {
  let found: SettingState | undefined;
  for (const wait of READ_BACK) {
    await delay(wait);
    found = await setting.look();
    if (found.state === "good") return;
  }
  const what = found?.state === "different" ? found.found : found?.state;
  throw new Failure(`${setting.name}: it was set, but the provider does not return it (${what})`, {
    hint:
      "Run `nightdrop provision` again: it continues. If this repeats, the provider does not store the setting",
  });
}

function step({ name, wanted }: VaultSetting, before: SettingState, made = false): Step {
  return { name, wanted, before, made };
}
