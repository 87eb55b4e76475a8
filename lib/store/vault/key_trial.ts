import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { unstorablePut } from "../s3/unstorable.ts";
import { providerCodeOf, statusOf } from "./answers.ts";

/** Answers of a server to requests with a host's key. */
export interface KeyTrial {
  /** Whether a put is accepted, is refused to this user, or has a key that the server does not know. */
  readonly put: "accepted" | "refused" | "unknown";
  /** Whether the host can read an object that it has stored; undefined if there is none. */
  readonly read: "allowed" | "refused" | undefined;
  /** Key of this object. */
  readonly object: string | undefined;
}

/**
 * Tries a put, which stores nothing, and a read with a host's key.
 *
 * @param directory Directory of the host in the bucket, with a slash at its end.
 * @param object Key of an object of the host.
 */
export async function tryKey(
  client: S3Client,
  bucket: string,
  directory: string,
  object: string | undefined,
): Promise<KeyTrial> {
  const put = await answerOf(client.send(unstorablePut(bucket, `${directory}.nightdrop-probe`)));
  if (object === undefined || put === "unknown") return { put, read: undefined, object };
  const read = await answerOf(readByte(client, bucket, object));
  return { put, read: read === "accepted" ? "allowed" : "refused", object };
}

async function readByte(client: S3Client, Bucket: string, Key: string): Promise<void> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, Range: "bytes=0-0" }));
  await Body?.transformToByteArray();
}

/** Returns whether a server accepts the sender of a request. One that is refused for its content is accepted. */
export async function answerOf(call: Promise<unknown>): Promise<KeyTrial["put"]> {
  try {
    await call;
    return "accepted";
  } catch (error) {
    const code = providerCodeOf(error);
    if (["InvalidAccessKeyId", "SignatureDoesNotMatch"].includes(code)) return "unknown";
    if (statusOf(error) === 403) return "refused";
    if (["BadDigest", "InvalidRange", "InvalidObjectState"].includes(code)) return "accepted";
    throw error;
  }
}
