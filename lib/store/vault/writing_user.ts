import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { keyPrefix } from "../key_prefix.ts";
import type { S3Options } from "../s3/options.ts";
import { unstorablePut } from "../s3/unstorable.ts";
import { ownerError, unlessAbsent } from "./answers.ts";
import { answerOf, type KeyTrial } from "./key_trial.ts";
import type { Owner } from "./owner.ts";
import { ownUser } from "./own_user.ts";
import { dialectOf } from "./user.ts";
import type { VaultUser } from "./vault_user.ts";
import { type CopyKind, type CopySlot, writerPolicies } from "./writer_policy.ts";

/** Answers of a server to requests with the key of a user who puts copies. */
export interface WritingTrial {
  /** Whether an object could be put into each bucket, and the last bucket that was tried. A bucket that does not exist is passed over. */
  readonly put: KeyTrial["put"];
  readonly bucket: string;
  /** Whether this bucket could be listed. */
  readonly list: KeyTrial["put"];
}

/** User of the owner's side who puts copies into a mirror or into the store of pins. */
export interface WritingUser extends VaultUser {
  /** Tries to put into and to list each place with a key. It stores nothing. */
  tryKey(credentials: S3Options["credentials"]): Promise<WritingTrial>;
}

/**
 * Opens the user who puts copies into these places. It asks the provider for its kind.
 *
 * @param slots At least one.
 */
export async function openWritingUser(
  owner: Owner,
  { name, kind, slots }: {
    readonly name: string;
    readonly kind: CopyKind;
    readonly slots: readonly CopySlot[];
  },
): Promise<WritingUser> {
  const dialect = await dialectOf(owner, name);
  const policies = writerPolicies(kind, slots, dialect);
  const user = ownUser(owner, { name, policies, ...WORDS[kind], byHand: BY_HAND, advice: SEVERAL }, dialect);
  return {
    ...user,
    async tryKey(credentials): Promise<WritingTrial> {
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

const WORDS = {
  mirror: { may: "may s3:PutObject, and nothing else" },
  pins: { may: "may put and remove pins and read what is copied there, and nothing else" },
} as const;

const BY_HAND = "create a user with the policy that `nightdrop provision --store NAME --emit policy` prints";

const SEVERAL =
  "Set several putCredentials in the config, each for some of the hosts, and make a user for each: " +
  "`nightdrop provision HOST --store NAME --user NAME`";

async function tried(client: Owner["s3"], slots: readonly CopySlot[]): Promise<WritingTrial> {
  let trial: WritingTrial = { put: "accepted", bucket: slots[0]!.bucket, list: "refused" };
  for (const { bucket, prefix } of slots) {
    const key = `${keyPrefix(prefix)}.nightdrop-probe`;
    const put = await answerOf(unlessAbsent(client.send(unstorablePut(bucket, key))));
    const request = new ListObjectsV2Command({ Bucket: bucket, Prefix: keyPrefix(prefix), MaxKeys: 1 });
    const list = await unlessAbsent(answerOf(client.send(request))) ?? "refused";
    trial = { put, bucket, list };
    if (put !== "accepted" || list === "accepted") break;
  }
  return trial;
}
