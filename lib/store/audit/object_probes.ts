import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetObjectAclCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectLegalHoldCommand,
  GetObjectRetentionCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  PutObjectTaggingCommand,
  RestoreObjectCommand,
} from "@aws-sdk/client-s3";
import { WRONG_MD5 } from "../s3/unstorable.ts";
import { addMd5, unlessPlain } from "./requests.ts";
import { answer, type Probe, type ProbeTarget, withoutAction } from "./probe.ts";

/** Id of a multipart upload that does not exist. */
const NO_UPLOAD = "nightdrop-audit";

const own = ({ bucket, key }: ProbeTarget): { Bucket: string; Key: string } => ({ Bucket: bucket, Key: key });

/** Requests that read what belongs to an object, without its content. */
export const METADATA: readonly Probe[] = [
  probe("read an object's ACL", "s3:GetObjectAcl", (target) => {
    return target.s3.send(new GetObjectAclCommand(own(target)));
  }),
  probe("read an object's tags", "s3:GetObjectTagging", (target) => {
    return target.s3.send(new GetObjectTaggingCommand(own(target)));
  }),
  probe("read an object's lock", "s3:GetObjectRetention", (target) => {
    return target.s3.send(new GetObjectRetentionCommand(own(target)));
  }),
  probe("read an object's legal hold", "s3:GetObjectLegalHold", (target) => {
    return target.s3.send(new GetObjectLegalHoldCommand(own(target)));
  }),
  probe("list the parts of an upload", "s3:ListMultipartUploadParts", (target) => {
    return target.s3.send(new ListPartsCommand({ ...own(target), UploadId: NO_UPLOAD }));
  }),
];

/** Requests that read objects. */
export const READING: readonly Probe[] = [
  probe("read an object", "s3:GetObject", async (target) => {
    const { Body } = await target.s3.send(new GetObjectCommand(own(target)));
    await Body?.transformToByteArray();
  }),
  probe("read a version of an object", "s3:GetObjectVersion", async (target) => {
    const VersionId = target.version ?? "null";
    const { Body } = await target.s3.send(new GetObjectCommand({ ...own(target), VersionId }));
    await Body?.transformToByteArray();
  }),
  probe("see whether an object is there", "s3:GetObject", (target) => {
    return target.s3.send(new HeadObjectCommand(own(target)));
  }),
  probe("read an object's attributes", "s3:GetObjectAttributes", (target) => {
    const ObjectAttributes = ["ObjectSize"] as const;
    return target.s3.send(
      new GetObjectAttributesCommand({ ...own(target), ObjectAttributes: [...ObjectAttributes] }),
    );
  }),
  ...METADATA,
];

/**
 * Returns requests that read an object which the host stored before. Ceph's gateway drops the policy of a user when
 * `radosgw-admin` changes its keys: then the host cannot put the object of the audit, and can read its earlier ones.
 */
export function earlierProbes(Key: string): readonly Probe[] {
  const probes: readonly [name: string, call: Probe["call"]][] = [
    ["read an earlier object of the host", async ({ s3, bucket: Bucket }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, Range: "bytes=0-0" }));
      await Body?.transformToByteArray();
    }],
    ["read the ACL of an earlier object of the host", ({ s3, bucket: Bucket }) => {
      return s3.send(new GetObjectAclCommand({ Bucket, Key }));
    }],
    ["read the tags of an earlier object of the host", ({ s3, bucket: Bucket }) => {
      return s3.send(new GetObjectTaggingCommand({ Bucket, Key }));
    }],
  ];
  return probes.map(([name, call]) => ({ name, remedy: POLICY_AGAIN, call }));
}

const POLICY_AGAIN =
  "Set the policy of the host's user again: `nightdrop provision HOST --apply`. At Ceph, radosgw-admin removes it when " +
  "it changes a user: rotate keys with the commands that `nightdrop provision HOST --rotate` prints";

/** Requests that change or publish objects. */
export const CHANGING: readonly Probe[] = [
  probe("tag an object", "s3:PutObjectTagging", (target) => {
    const Tagging = { TagSet: [{ Key: "nightdrop", Value: "audit" }] };
    return target.s3.send(new PutObjectTaggingCommand({ ...own(target), Tagging }));
  }),
  probe("remove an object's tags", "s3:DeleteObjectTagging", (target) => {
    return target.s3.send(new DeleteObjectTaggingCommand(own(target)));
  }),
  probe("set an object's ACL", "s3:PutObjectAcl", (target) => {
    return target.s3.send(new PutObjectAclCommand({ ...own(target), ACL: "private" }));
  }),
  {
    name: "store a public object",
    remedy: "Block public access to the bucket, or let its owner own all objects",
    call: putPublic,
  },
  probe("restore an archived object", "s3:RestoreObject", (target) => {
    return target.s3.send(new RestoreObjectCommand({ ...own(target), RestoreRequest: { Days: 1 } }));
  }),
];

/** Requests that change the lock of an object. */
export const LOCKS: readonly Probe[] = [
  probe("shorten an object's lock, with bypass", "s3:PutObjectRetention", (target) => {
    const Retention = { Mode: "GOVERNANCE", RetainUntilDate: new Date(Date.now() + 60_000) } as const;
    const input = { ...own(target), Retention, BypassGovernanceRetention: true };
    return unlessPlain(target, new PutObjectRetentionCommand(input));
  }),
  probe("lift an object's legal hold", "s3:PutObjectLegalHold", (target) => {
    return unlessPlain(
      target,
      new PutObjectLegalHoldCommand({ ...own(target), LegalHold: { Status: "OFF" } }),
    );
  }),
];

/**
 * Puts an object with a public ACL that the server does not store. OpenStack Swift ignores the ACL: it has none for objects,
 * and does not know the request that sets one.
 */
async function putPublic(target: ProbeTarget): Promise<void> {
  const bad = { Key: `${target.key}-public`, Body: new Uint8Array(1), ContentMD5: WRONG_MD5 };
  try {
    await target.s3.send(new PutObjectCommand({ ...own(target), ...bad, ACL: "public-read" }));
  } catch (error) {
    const acl = new PutObjectAclCommand({ ...own(target), ACL: "private" });
    if ((error as Error).name === "BadDigest") await target.s3.send(acl).catch(throwLacking);
    throw error;
  }
}

function throwLacking(error: Error & { readonly $metadata?: { readonly httpStatusCode?: number } }): void {
  if (error.$metadata?.httpStatusCode === 501) throw error;
}

/** Requests that delete objects. They come last, because the others need the object. */
export const DELETING: readonly Probe[] = [
  probe("give up an upload", "s3:AbortMultipartUpload", (target) => {
    return target.s3.send(new AbortMultipartUploadCommand({ ...own(target), UploadId: NO_UPLOAD }));
  }),
  probe("delete a version of an object, with bypass", "s3:DeleteObjectVersion", (target) => {
    const input = { ...own(target), VersionId: "null", BypassGovernanceRetention: true };
    return target.s3.send(new DeleteObjectCommand(input));
  }),
  probe("delete many objects", "s3:DeleteObject", async (target) => {
    const Delete = { Objects: [{ Key: target.key }] };
    const command = new DeleteObjectsCommand({ Bucket: target.bucket, Delete });
    addMd5(command);
    const { Errors = [] } = await target.s3.send(command);
    // A 200 contains one answer for each object.
    for (const { Code = "" } of Errors) throw answer(403, Code);
  }),
  probe("delete an object", "s3:DeleteObject", (target) => {
    return target.s3.send(new DeleteObjectCommand(own(target)));
  }),
];

function probe(name: string, action: string, call: Probe["call"]): Probe {
  return { name, remedy: withoutAction(action), call };
}
