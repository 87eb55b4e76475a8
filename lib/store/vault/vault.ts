import { keyPrefix } from "../key_prefix.ts";
import type { S3Options } from "../s3/options.ts";
import { ownerError } from "./answers.ts";
import { bucketSettings, bucketSteps } from "./bucket_settings.ts";
import { describeVault, type Dialect, type VaultDescription, type VaultRequest } from "./description.ts";
import { type KeyTrial, tryKey } from "./key_trial.ts";
import { readIdentity } from "./identity.ts";
import { knownLacks } from "./lacks.ts";
import type { Owner } from "./owner.ts";
import { probePut } from "./probe.ts";
import { someObject } from "./some_object.ts";
import { lookAll, makeAll, settled, type Step } from "./steps.ts";
import { dialectOf, userSettings } from "./user.ts";
import { type VaultUser, vaultUser } from "./vault_user.ts";

/** Bucket and user of a host, as the owner can manage them. */
export interface Vault {
  readonly dialect: Dialect;
  readonly description: VaultDescription;
  readonly user: VaultUser;
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
  /** Tries what the host can do with a key. It stores nothing. */
  tryKey(credentials: S3Options["credentials"]): Promise<KeyTrial>;
  /** Returns the identity of the bucket; undefined if it has none. */
  identity(): Promise<string | undefined>;
}

/** Opens the vault that `request` describes. It asks the provider for its kind. */
export async function openVault(owner: Owner, request: VaultRequest): Promise<Vault> {
  const reported = <T>(what: string, call: () => Promise<T>): Promise<T> =>
    call().catch((error) => {
      throw ownerError(error, `${request.user}: ${what}`);
    });
  const dialect = await dialectOf(owner, request.user);
  const description = describeVault(request, dialect);
  const bucket = bucketSettings(owner, description, dialect);
  const user = vaultUser(
    owner,
    request.user,
    userSettings(owner, { ...description, ...WORDS }, dialect),
    dialect,
  );
  const lacks = knownLacks(request, dialect);
  return {
    dialect,
    description,
    user,
    plan: async () => [
      ...(await settled([bucketSteps(bucket), user.settings(false, () => {})])).flat(),
      ...await lookAll(lacks),
    ],
    async apply(each): Promise<Step[]> {
      const steps = [
        ...await makeAll(bucket, each),
        ...await user.settings(true, each),
        ...await makeAll(lacks, each),
      ];
      await reported("a put on trial", () => probePut(owner, description, keyPrefix(request.prefix)));
      return steps;
    },
    tryKey: (credentials) => reported("key", () => tried(owner, request, credentials)),
    identity: () => reported("identity", () => readIdentity(owner, request.bucket)),
  };
}

const WORDS = {
  may: "may s3:PutObject, and nothing else",
  byHand:
    "create a user for the host that may put and nothing else; `nightdrop provision HOST --emit policy` " +
    "prints its policy",
};

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
