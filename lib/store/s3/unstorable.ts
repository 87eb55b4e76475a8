import { PutObjectCommand } from "@aws-sdk/client-s3";

/**
 * MD5 of other content. A server that would accept a put refuses it because of this MD5, and stores nothing.
 */
export const WRONG_MD5: string = btoa("\0".repeat(16));

/**
 * Returns a put that stores nothing. Only the answer of the server matters.
 *
 * @param createOnly Whether the put has the condition of those of backups.
 */
export function unstorablePut(Bucket: string, Key: string, createOnly = true): PutObjectCommand {
  return new PutObjectCommand({
    Bucket,
    Key,
    Body: new Uint8Array(1),
    ContentMD5: WRONG_MD5,
    ...(createOnly ? { IfNoneMatch: "*" } : {}),
  });
}
