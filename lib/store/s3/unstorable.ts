import { PutObjectCommand } from "@aws-sdk/client-s3";

/** The MD5 of something else: a server that would take a put refuses it for this, and stores nothing. */
export const WRONG_MD5: string = btoa("\0".repeat(16));

/** A put that nothing comes of, but for what the server says to it. */
export function unstorablePut(Bucket: string, Key: string): PutObjectCommand {
  return new PutObjectCommand({
    Bucket,
    Key,
    Body: new Uint8Array(1),
    ContentMD5: WRONG_MD5,
    IfNoneMatch: "*",
  });
}
