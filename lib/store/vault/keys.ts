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

/** An access key, without its secret. */
export interface AccessKey {
  readonly id: string;
  readonly made: Date;
}

/** A new access key. The provider shows its secret only once. */
export interface NewKey {
  /** What requests name it by. */
  readonly id: string;
  /** What they are signed with. */
  readonly secret: Secret;
}

/** The keys of a user, the oldest first; none for a user that is not there. */
export async function accessKeys({ iam }: Owner, UserName: string): Promise<AccessKey[]> {
  const found = await unlessAbsent(iam.send(new ListAccessKeysCommand({ UserName })));
  return (found?.AccessKeyMetadata ?? [])
    .map(({ AccessKeyId = "", CreateDate = new Date(0) }) => ({ id: AccessKeyId, made: CreateDate }))
    .sort((a, b) => a.made.getTime() - b.made.getTime());
}

/** When a key last signed a request, as far as the provider has noticed; that may take him hours. */
export async function lastUsed({ iam }: Owner, id: string): Promise<Date | undefined> {
  const found = await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: id }));
  return found.AccessKeyLastUsed?.LastUsedDate;
}

/** Makes a key. */
export async function newAccessKey({ iam }: Owner, UserName: string): Promise<NewKey> {
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const { AccessKeyId, SecretAccessKey } = AccessKey ?? {};
  if (!AccessKeyId || !SecretAccessKey) {
    throw new Failure(`The new key of ${UserName} has no secret in the answer of the server`);
  }
  return { id: AccessKeyId, secret: new Secret(SecretAccessKey) };
}

/** Removes a key; one that is not there is removed already. */
export async function removeAccessKey({ iam }: Owner, UserName: string, id: string): Promise<void> {
  await unlessAbsent(iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: id })));
}

/** Denies everything to a user, who stays. */
export async function denyAll({ iam }: Owner, UserName: string, dialect: Dialect): Promise<void> {
  const document = dialect === "amazon" ? nothing() : nothingOfOwnAccount();
  const PolicyDocument = JSON.stringify(document);
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: POLICY_NAME, PolicyDocument }));
}
