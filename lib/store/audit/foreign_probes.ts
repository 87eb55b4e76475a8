import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { unstorablePut } from "../s3/unstorable.ts";
import { foreignCopies } from "./copy_probes.ts";
import type { Probe } from "./probe.ts";

/** Another host, and the place of its objects. */
export interface Neighbour {
  /** Name of the other host. */
  readonly host: string;
  readonly bucket: string;
  /** Prefix of the keys of its objects, with a slash at the end. */
  readonly directory: string;
  /** Key of one of its objects, if the owner named one. Without permission to list, none can be found. */
  readonly object?: string | undefined;
}

/** Returns requests about the objects of another host, in its bucket or in a shared one. */
export function foreignProbes({ host, bucket: Bucket, directory, object }: Neighbour): readonly Probe[] {
  const remedy = `Allow s3:PutObject on the host's own objects alone, not on those of ${host}`;
  const key = `${directory}.nightdrop-audit`;
  const probes: Probe[] = [
    {
      name: `list the objects of ${host}`,
      remedy,
      call: ({ s3 }) => s3.send(new ListObjectsV2Command({ Bucket, Prefix: directory, MaxKeys: 1 })),
    },
    {
      name: `put an object of ${host}`,
      remedy,
      call: ({ s3, createOnly }) => s3.send(unstorablePut(Bucket, key, createOnly)),
    },
    // No object has this name: if the request is allowed, the answer is only that.
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
