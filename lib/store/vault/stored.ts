import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from "@aws-sdk/client-s3";
import { ownerError, unlessAbsent } from "./answers.ts";
import type { Owner } from "./owner.ts";

/**
 * Returns the size and the age of the objects in a directory of a bucket; nothing if the bucket does not
 * exist.
 */
export async function stored(
  { s3 }: Owner,
  bucket: string,
  directory: string,
): Promise<{ readonly bytes: number; readonly objects: number; readonly since: Date | undefined }> {
  let [bytes, objects]: [number, number] = [0, 0];
  let since: Date | undefined;
  let ContinuationToken: string | undefined;
  try {
    do {
      const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: directory, ContinuationToken });
      const page: ListObjectsV2CommandOutput | undefined = await unlessAbsent(s3.send(command));
      for (const { Size = 0, LastModified } of page?.Contents ?? []) {
        bytes += Size;
        objects += 1;
        if (LastModified && (since === undefined || LastModified < since)) since = LastModified;
      }
      ContinuationToken = page?.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  } catch (error) {
    throw ownerError(error, `s3://${bucket}/${directory}`);
  }
  return { bytes, objects, since };
}
