import { GetBucketTaggingCommand, PutBucketTaggingCommand, type Tag } from "@aws-sdk/client-s3";
import { isUnknownThere, unlessAbsent } from "./answers.ts";
import type { VaultDescription } from "./description.ts";
import type { Owner } from "./owner.ts";
import type { SettingState, VaultSetting } from "./setting.ts";

/**
 * Tag of a bucket that holds its identity. A bucket that is created again has no tag, and gets another
 * identity.
 */
const IDENTITY_TAG = "nightdrop-vault";

/**
 * Returns the setting for the identity of the bucket. The identity is created once, never changed, and
 * written into the kits of the bucket's hosts.
 */
export function identitySetting(owner: Owner, { bucket, vault }: VaultDescription): VaultSetting {
  return {
    name: "identity",
    wanted: "a random id in a tag of the bucket; a bucket that is created again gets another one",
    async look(): Promise<SettingState> {
      const found = await unlessUnknown(() => readIdentity(owner, bucket));
      if (found === LACKING) return lacking;
      if (found === undefined && vault === undefined) return { state: "missing" };
      if (found !== undefined && (vault ?? found) === found) return { state: "good" };
      return { state: "different", found: found ?? "none" };
    },
    async make(): Promise<SettingState | void> {
      const made = await unlessUnknown(async () =>
        await readIdentity(owner, bucket) ?? await writeIdentity(owner, bucket)
      );
      if (made === LACKING) return lacking;
      if (vault === undefined || vault === made) return;
      return {
        state: "by-hand",
        todo: `the config names another bucket: this one is ${made}, and store.vault is ${vault}. ` +
          "Remove store.vault from your config: the kit gets it from the bucket",
      };
    },
  };
}

/** Returns the identity in a bucket's tag; undefined if there is none. */
export async function readIdentity({ s3 }: Owner, bucket: string): Promise<string | undefined> {
  const value = (await tagsOf(s3, bucket)).find(({ Key }) => Key === IDENTITY_TAG)?.Value;
  return value !== undefined && /^[0-9a-f]{32}$/.test(value) ? value : undefined;
}

/** Gives a bucket a new identity, and returns it. Other tags of the bucket stay. */
async function writeIdentity({ s3 }: Owner, bucket: string): Promise<string> {
  const Value = crypto.getRandomValues(new Uint8Array(16)).toHex();
  const others = (await tagsOf(s3, bucket)).filter(({ Key }) => Key !== IDENTITY_TAG);
  const Tagging = { TagSet: [...others, { Key: IDENTITY_TAG, Value }] };
  await s3.send(new PutBucketTaggingCommand({ Bucket: bucket, Tagging }));
  return Value;
}

async function tagsOf(s3: Owner["s3"], bucket: string): Promise<readonly Tag[]> {
  return (await unlessAbsent(s3.send(new GetBucketTaggingCommand({ Bucket: bucket }))))?.TagSet ?? [];
}

const LACKING: unique symbol = Symbol("lacking");

const lacking: SettingState = {
  state: "lacking",
  open:
    "the server does not support tags of buckets. If you create the bucket again, set store.vault to a new value: " +
    "until then a host builds on the objects of the old bucket",
};

async function unlessUnknown<T>(call: () => Promise<T>): Promise<T | typeof LACKING> {
  try {
    return await call();
  } catch (error) {
    if (isUnknownThere(error)) return LACKING;
    throw error;
  }
}
