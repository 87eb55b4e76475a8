import { PutObjectCommand, type StorageClass } from "@aws-sdk/client-s3";
import { Buffer } from "node:buffer";
import { sha256 as digestOf } from "../../model/digest.ts";
import { StoreError, type StoreWriter } from "../contract.ts";
import { bucketIdentity } from "../identity.ts";
import { checkName } from "../name.ts";
import { Checksums, contentMd5 } from "./checksums.ts";
import { s3Client } from "./client.ts";
import { notS3, otherBytes, s3Error } from "./errors.ts";
import { type S3Options, type S3Place, s3Place, uploadLimit } from "./options.ts";
import { within } from "./within.ts";

export type { S3Options, Timeouts } from "./options.ts";
export { s3Reader } from "./reader.ts";

/**
 * Opens a writer that puts objects into a bucket. It needs only `s3:PutObject`.
 *
 * Each put is create-only; with `createOnly: false` it fails, once it is stored, if the bucket keeps no versions. The server
 * checks the bytes: against the SHA-256 that the signature covers, as every server does, and against
 * `x-amz-checksum-sha256` or `Content-MD5` ({@linkcode Checksums}).
 */
export function s3Writer(options: S3Options): StoreWriter {
  const { createOnly = true } = options;
  const at = s3Place(options);
  const client = s3Client(options, 0);
  const checksums = new Checksums();
  const send = async (command: PutObjectCommand, signal?: AbortSignal): Promise<Date | undefined> => {
    const answered = dateOfAnswer(command);
    // The progress of a long write is not visible, so its time limit grows with its size.
    const { ETag, VersionId, ChecksumSHA256, $metadata } = await within(
      uploadLimit(options, (command.input.Body as Uint8Array).length),
      signal,
      (abortSignal) => client.send(command, { abortSignal }),
    );
    if (ETag === undefined || $metadata.httpStatusCode !== 200) throw notS3(at);
    const sent = command.input.ChecksumSHA256 ?? ChecksumSHA256;
    if (ChecksumSHA256 !== undefined && ChecksumSHA256 !== sent) throw otherBytes(at);
    if (!createOnly && (VersionId ?? "null") === "null") throw noVersions(at);
    return answered();
  };
  return {
    place: at.url,
    identity: bucketIdentity(options),
    async put(name, bytes, { signal, sha256 = digestOf(bytes) } = {}): Promise<Date | undefined> {
      checkName(name);
      signal?.throwIfAborted();
      const object = { key: at.directory + name, bytes, sha256 };
      try {
        return await checksums.sendWith((hasSha256) => send(putCommand(options, object, hasSha256), signal));
      } catch (error) {
        signal?.throwIfAborted();
        throw s3Error(error, at, "put");
      }
    },
    close: () => client.destroy(),
  };
}

/** Object to put. */
interface NewObject {
  readonly key: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sha256: string;
}

function putCommand(
  { bucket, storageClass, createOnly = true }: S3Options,
  { key, bytes, sha256 }: NewObject,
  hasSha256: boolean,
): PutObjectCommand {
  const command = new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    Body: bytes,
    ...(createOnly ? { IfNoneMatch: "*" } : {}),
    ...(hasSha256
      ? { ChecksumSHA256: Buffer.from(sha256, "hex").toString("base64") }
      : { ContentMD5: contentMd5(bytes) }),
    ...(storageClass === undefined ? {} : { StorageClass: storageClass as StorageClass }),
  });
  signWith(command, sha256);
  return command;
}

/** Gives the SDK the digest that the signature covers. It would compute it from the body: half a second of processor time for each GB. */
function signWith(command: PutObjectCommand, sha256: string): void {
  command.middlewareStack.add((next) => (args) => {
    const { headers } = args.request as { headers: Record<string, string> };
    headers["x-amz-content-sha256"] = sha256;
    return next(args);
  }, { step: "build", name: "signWith" });
}

/** Returns the error for a put that could have replaced an object. A bucket with versions keeps it, and names the new version. */
function noVersions(at: S3Place): StoreError {
  const message = `${at.label}: puts are not create-only, and the bucket keeps no versions`;
  return new StoreError("setup", message, {
    hint: "Turn the versioning of the bucket on",
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
