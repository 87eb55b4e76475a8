import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { ownerError, statusOf } from "./answers.ts";
import type { Owner } from "./owner.ts";

/** Comes after all names that start with a dot, as those of audits do, and before those of snapshots. */
const AFTER_DOTS = "/";

/**
 * Returns the key of any object of a host, if possible of a backup: the objects of audits may have other owners. Undefined
 * if there is none, or if the owner must not list them.
 *
 * @param directory Directory of the host: prefix of the keys, with a slash at its end.
 */
export async function someObject(
  { s3 }: Owner,
  bucket: string,
  directory: string,
): Promise<string | undefined> {
  const first = async (StartAfter?: string): Promise<string | undefined> => {
    const list = new ListObjectsV2Command({ Bucket: bucket, Prefix: directory, MaxKeys: 1, StartAfter });
    return (await s3.send(list)).Contents?.[0]?.Key;
  };
  try {
    return await first(`${directory}${AFTER_DOTS}`) ?? await first();
  } catch (error) {
    if ([403, 404].includes(statusOf(error) ?? 0)) return undefined;
    throw ownerError(error, `s3://${bucket}/${directory}`);
  }
}
