import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { keyPrefix } from "../key_prefix.ts";
import type { S3Options } from "../s3/options.ts";
import { unstorablePut } from "../s3/unstorable.ts";
import { ownerError, unlessAbsent } from "./answers.ts";
import type { Slot } from "./host_policy.ts";
import { answerOf, type KeyTrial } from "./key_trial.ts";
import type { Owner } from "./owner.ts";
import { ownUser } from "./own_user.ts";
import { readerPolicies } from "./reader_policy.ts";
import { dialectOf } from "./user.ts";
import type { VaultUser } from "./vault_user.ts";

/** Answers of a server to requests with a reading user's key. */
export interface ReadingTrial {
  /** Whether all places can be listed, and the last bucket that was tried. A bucket that does not exist is passed over. */
  readonly list: KeyTrial["put"];
  readonly bucket: string;
  /** Whether an object could be put. */
  readonly put: KeyTrial["put"];
}

/** User of the owner's side that reads the backups of many hosts. Its settings throw `Misuse` if it needs more policies than Amazon allows. */
export interface ReadingUser extends VaultUser {
  /** Tries to list each place with a key, and to put an object. It stores nothing. */
  tryKey(credentials: S3Options["credentials"]): Promise<ReadingTrial>;
}

/**
 * Opens the user that reads these places. It asks the provider for its kind.
 *
 * @param slots At least one.
 */
export async function openReadingUser(
  owner: Owner,
  name: string,
  slots: readonly Slot[],
): Promise<ReadingUser> {
  const dialect = await dialectOf(owner, name);
  const policies = readerPolicies(slots, dialect);
  const { may, byHand } = WORDS;
  const user = ownUser(owner, { name, policies, may, byHand, advice: SEVERAL }, dialect);
  return {
    ...user,
    async tryKey(credentials): Promise<ReadingTrial> {
      const client = owner.asHost(credentials);
      try {
        return await tried(client, slots);
      } catch (error) {
        throw ownerError(error, `${name}: key`);
      } finally {
        client.destroy();
      }
    },
  };
}

const SEVERAL =
  "Set several store.credentials in the config, each for some of the hosts, and make a user for each: " +
  "`nightdrop provision HOST --reader --user NAME`";

const WORDS = {
  may: "may list and read the backups, and nothing else",
  byHand:
    "create a user that may read and nothing else; `nightdrop provision --reader --emit policy` prints its policy",
};

async function tried(client: Owner["s3"], slots: readonly Slot[]): Promise<ReadingTrial> {
  for (const { bucket, prefix } of slots) {
    const request = new ListObjectsV2Command({ Bucket: bucket, Prefix: keyPrefix(prefix), MaxKeys: 1 });
    const list = await answerOf(unlessAbsent(client.send(request)));
    if (list !== "accepted") return { list, bucket, put: list };
  }
  const { bucket, prefix } = slots[0]!;
  const put = await answerOf(
    unlessAbsent(client.send(unstorablePut(bucket, `${keyPrefix(prefix)}.nightdrop-probe`))),
  );
  return { list: "accepted", bucket, put };
}
