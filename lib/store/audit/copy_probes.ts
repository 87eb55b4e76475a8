import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { copySource } from "../s3/copy_source.ts";
import { type Probe, type ProbeTarget, withoutAction } from "./probe.ts";

/** Id of a multipart upload that does not exist. */
const NO_UPLOAD = "nightdrop-audit";

/** Remedy where an object can be copied into a part of an upload. */
const NO_PARTS =
  `${withoutAction("s3:GetObject")}; at Ceph, whose gateway lets a user copy what it has uploaded, ` +
  "run `nightdrop provision` with --apply: its policy allows no upload in parts";

/** Object that is copied. */
export interface Source {
  readonly bucket: string;
  readonly key: string;
  readonly version?: string | undefined;
}

/** Key that is copied to: one of the host's own. */
type Destination = { readonly Bucket: string; readonly Key: string };

/**
 * Requests that copy on the side of the server, in every form that S3 has. A copy is a read: `UploadPartCopy`
 * answers with the MD5 of the copied bytes, and the MD5 of a single byte reveals the byte.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
 */
export const COPYING: readonly Probe[] = [
  copy("copy an object", "s3:GetObject", ownObject),
  copy("copy a version of an object", "s3:GetObjectVersion", ownVersion),
  {
    name: "replace an object by its copy",
    remedy: withoutAction("s3:GetObject"),
    call: (target) => {
      const input = { CopySource: written(ownObject(target)), MetadataDirective: "REPLACE" } as const;
      return target.s3.send(new CopyObjectCommand({ Bucket: target.bucket, Key: target.key, ...input }));
    },
  },
  part("copy an object into a part of an upload", ownObject),
  part("copy one byte of an object into a part of an upload", ownObject, "bytes=0-0"),
  part("copy a version of an object into a part of an upload", ownVersion),
];

/** Returns requests that copy an object of another host. */
export function foreignCopies(host: string, source: Source, remedy: string): readonly Probe[] {
  return [
    { ...copy(`copy an object of ${host}`, "", () => source), remedy },
    {
      ...part(`copy one byte of an object of ${host} into a part of an upload`, () => source, "bytes=0-0"),
      remedy,
    },
  ];
}

function copy(name: string, action: string, source: (target: ProbeTarget) => Source): Probe {
  return {
    name,
    remedy: withoutAction(action),
    call: (target) => {
      const CopySource = written(source(target));
      return target.s3.send(new CopyObjectCommand({ ...destination(target), CopySource }));
    },
  };
}

function part(name: string, source: (target: ProbeTarget) => Source, range?: string): Probe {
  return {
    name,
    remedy: NO_PARTS,
    call: (target) => copyIntoPart(target.s3, destination(target), written(source(target)), range),
  };
}

/**
 * Copies into a part of an upload that does not exist. A user who gets "denied" has no permission. A user who
 * gets "no such upload" may begin one: only in this case an upload is left behind, which the bucket's
 * lifecycle removes.
 */
async function copyIntoPart(
  s3: S3Client,
  where: Destination,
  CopySource: string,
  CopySourceRange: string | undefined,
): Promise<unknown> {
  const ask = (UploadId: string | undefined): Promise<unknown> => {
    return s3.send(
      new UploadPartCopyCommand({ ...where, UploadId, PartNumber: 1, CopySource, CopySourceRange }),
    );
  };
  try {
    return await ask(NO_UPLOAD);
  } catch (error) {
    if ((error as Error).name !== "NoSuchUpload") throw error;
  }
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(where));
  return await ask(UploadId);
}

function ownObject({ bucket, key }: ProbeTarget): Source {
  return { bucket, key };
}

function ownVersion(target: ProbeTarget): Source {
  return { ...ownObject(target), version: target.version ?? "null" };
}

function destination({ bucket, key }: ProbeTarget): Destination {
  return { Bucket: bucket, Key: `${key}-copy` };
}

function written({ bucket, key, version }: Source): string {
  return copySource(bucket, key, version);
}
