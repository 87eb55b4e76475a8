import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { unstorablePut } from "../s3/unstorable.ts";
import { ownerError, statusOf } from "../vault/answers.ts";
import type { Owner } from "../vault/owner.ts";
import { foreignCopies } from "./copy_probes.ts";
import type { Probe } from "./probe.ts";

/** Where another host puts its objects. */
export interface Neighbour {
  /** The host's name. */
  readonly host: string;
  readonly bucket: string;
  /** What the keys of its objects begin with: ends in a slash. */
  readonly directory: string;
  /** The key of one of its objects, if the owner named one: without permission to list none can be found. */
  readonly object?: string | undefined;
}

/** What a host may with the objects of another, in the other's bucket or in one that they share. */
export function foreignProbes({ host, bucket: Bucket, directory, object }: Neighbour): readonly Probe[] {
  const remedy = `Allow s3:PutObject on the host's own objects alone, not on those of ${host}`;
  const key = `${directory}.nightdrop-audit`;
  const probes: Probe[] = [
    {
      name: `list the objects of ${host}`,
      remedy,
      call: ({ s3 }) => s3.send(new ListObjectsV2Command({ Bucket, Prefix: directory, MaxKeys: 1 })),
    },
    { name: `put an object of ${host}`, remedy, call: ({ s3 }) => s3.send(unstorablePut(Bucket, key)) },
    // There is none of that name: what is allowed does no more than to say so.
    {
      name: `delete an object of ${host}`,
      remedy,
      call: ({ s3 }) => s3.send(new DeleteObjectCommand({ Bucket, Key: key })),
    },
  ];
  if (object === undefined) return probes;
  const read: Probe = {
    name: `read an object of ${host}`,
    remedy,
    call: async ({ s3 }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: object, Range: "bytes=0-0" }));
      await Body?.transformToByteArray();
    },
  };
  return [...probes, read, ...foreignCopies(host, { bucket: Bucket, key: object }, remedy)];
}

/** The key of some object of a neighbour, as the owner sees it; undefined where there is none, or he may not look. */
export async function someObject(
  owner: Owner,
  { bucket, directory }: Neighbour,
): Promise<string | undefined> {
  try {
    const list = new ListObjectsV2Command({ Bucket: bucket, Prefix: directory, MaxKeys: 1 });
    return (await owner.s3.send(list)).Contents?.[0]?.Key;
  } catch (error) {
    if ([403, 404].includes(statusOf(error) ?? 0)) return undefined;
    throw ownerError(error, `s3://${bucket}/${directory}`);
  }
}
