import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  ListAccessKeysCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { Failure } from "../../model/failure.ts";
import { Secret } from "../../model/secret.ts";
import { unlessAbsent } from "./answers.ts";
import type { Dialect } from "./description.ts";
import { nothing, nothingOfOwnAccount } from "./host_policy.ts";
import type { Owner } from "./owner.ts";
import { POLICY_NAME } from "./user.ts";

/** Access key, without its secret. */
export interface AccessKey {
  readonly id: string;
  readonly made: Date;
}

/** New access key. The provider shows its secret only once. */
export interface NewKey {
  /** Id of the key, which requests contain. */
  readonly id: string;
  /** Secret that signs requests. */
  readonly secret: Secret;
}

/** Returns the keys of a user, the oldest first; none if the user does not exist. */
export async function accessKeys({ iam }: Owner, UserName: string): Promise<AccessKey[]> {
  const found = await unlessAbsent(iam.send(new ListAccessKeysCommand({ UserName })));
  return (found?.AccessKeyMetadata ?? [])
    .map(({ AccessKeyId = "", CreateDate = new Date(0) }) => ({ id: AccessKeyId, made: CreateDate }))
    .sort((a, b) => a.made.getTime() - b.made.getTime());
}

/**
 * Returns the time at which a key last signed a request; undefined for never. The provider may report it
 * hours late.
 */
export async function lastUsed({ iam }: Owner, id: string): Promise<Date | undefined> {
  const found = await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: id }));
  return found.AccessKeyLastUsed?.LastUsedDate;
}

/** Creates an access key. */
export async function newAccessKey({ iam }: Owner, UserName: string): Promise<NewKey> {
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const { AccessKeyId, SecretAccessKey } = AccessKey ?? {};
  if (!AccessKeyId || !SecretAccessKey) {
    throw new Failure(`The new key of ${UserName} has no secret in the answer of the server`);
  }
  return { id: AccessKeyId, secret: new Secret(SecretAccessKey) };
}

/** Removes an access key, if it exists. */
export async function removeAccessKey({ iam }: Owner, UserName: string, id: string): Promise<void> {
  await unlessAbsent(iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: id })));
}

/** Denies everything to a user. The user stays. */
export async function denyAll({ iam }: Owner, UserName: string, dialect: Dialect): Promise<void> {
  const document = dialect === "amazon" ? nothing() : nothingOfOwnAccount();
  const PolicyDocument = JSON.stringify(document);
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: POLICY_NAME, PolicyDocument }));
}
