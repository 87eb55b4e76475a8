import { PutObjectCommand, type StorageClass } from "@aws-sdk/client-s3";
import type { StoreWriter } from "../contract.ts";
import { bucketIdentity } from "../identity.ts";
import { checkName } from "../name.ts";
import { s3Client } from "./client.ts";
import { notS3, s3Error } from "./errors.ts";
import { type S3Options, s3Place, uploadLimit } from "./options.ts";
import { within } from "./within.ts";

export type { S3Options, Timeouts } from "./options.ts";
export { s3Reader } from "./reader.ts";

/**
 * Opens a writer that puts objects into a bucket. It needs only `s3:PutObject`.
 *
 * Each put is create-only, and the server checks the bytes: against the SHA-256 that the signature covers, as
 * every server does, and against `x-amz-checksum-sha256`, which Amazon also stores with the object.
 */
export function s3Writer(options: S3Options): StoreWriter {
  const at = s3Place(options);
  const client = s3Client(options, 0);
  return {
    place: at.url,
    identity: bucketIdentity(options),
    async put(name, bytes, { signal } = {}): Promise<Date | undefined> {
      checkName(name);
      signal?.throwIfAborted();
      const command = putCommand(options, at.directory + name, bytes);
      const answered = dateOfAnswer(command);
      try {
        // The progress of a long write is not visible, so its time limit grows with its size.
        const { ETag } = await within(
          uploadLimit(options, bytes.length),
          signal,
          (abortSignal) => client.send(command, { abortSignal }),
        );
        if (ETag === undefined) throw notS3(at);
        return answered();
      } catch (error) {
        signal?.throwIfAborted();
        throw s3Error(error, at, "put");
      }
    },
    close: () => client.destroy(),
  };
}

function putCommand(options: S3Options, key: string, bytes: Uint8Array<ArrayBuffer>): PutObjectCommand {
  const { bucket, storageClass } = options;
  return new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    Body: bytes,
    IfNoneMatch: "*",
    ChecksumAlgorithm: "SHA256",
    ...(storageClass === undefined ? {} : { StorageClass: storageClass as StorageClass }),
  });
}

/**
 * Returns a function that gives the `Date` of the answer, once there is one. The server dates objects and
 * their expiry by this clock.
 */
function dateOfAnswer(command: PutObjectCommand): () => Date | undefined {
  let date: Date | undefined;
  command.middlewareStack.add((next) => async (args) => {
    const result = await next(args);
    date = httpDate((result.response as { headers?: Record<string, string | undefined> }).headers?.["date"]);
    return result;
  }, { step: "deserialize", name: "dateOfAnswer", priority: "high" });
  return () => date;
}

function httpDate(header: string | undefined): Date | undefined {
  const date = new Date(header ?? NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
