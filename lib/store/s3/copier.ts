import { CopyObjectCommand, type S3Client, type StorageClass } from "@aws-sdk/client-s3";
import { type Abortable, StoreError } from "../contract.ts";
import { checkName } from "../name.ts";
import { retry, type RetryOptions } from "../retry.ts";
import { s3Client } from "./client.ts";
import { copySource } from "./copy_source.ts";
import { notS3, s3Error } from "./errors.ts";
import { IDLE, type S3Options, type S3Place, s3Place, uploadLimit } from "./options.ts";
import { firstVersion } from "./versions.ts";
import { within } from "./within.ts";

/** Copies objects between two buckets of a server, without their bytes passing this machine. Only the owner opens one. */
export interface StoreCopier {
  /**
   * Copies the first version of an object under the same name.
   *
   * A server can copy other bytes than expected, and Ceph's gateway 16.2 replaces an object that exists. So the caller checks
   * that the name is free before, and proves the SHA-256 of the copy afterwards.
   *
   * @param bytes Maximum size of the object: the time limit grows with it.
   * @throws {StoreError} of kind `exists` if the server says that the name exists.
   */
  copy(name: string, bytes: number, options?: Abortable): Promise<void>;
  /** Closes sockets. */
  close(): void;
}

/**
 * Opens a copier from a bucket into another one at the same endpoint and in the same region. The credentials of the target
 * need `s3:GetObject` and `s3:GetObjectVersion` for the source, and `s3:PutObject`; those of the source list its versions.
 *
 * Amazon's server refuses a copy to a name that exists (`If-None-Match`):
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 */
export function s3Copier(from: S3Options, to: S3Options, retries: RetryOptions = {}): StoreCopier {
  const [source, target] = [s3Place(from), s3Place(to)];
  const idle = from.timeouts?.idle ?? IDLE;
  const sourceClient = s3Client(from, idle);
  const client = s3Client(to, 0);
  return {
    async copy(name, bytes, { signal } = {}): Promise<void> {
      checkName(name);
      const limit = uploadLimit(to, bytes);
      await retry(retries, signal, async (failures) => {
        signal?.throwIfAborted();
        const version = await versionOf(sourceClient, source, name, { idle, signal });
        try {
          const command = copyCommand(source, to, target.directory + name, name, version);
          const { CopyObjectResult } = await within(
            limit,
            signal,
            (abortSignal) => client.send(command, { abortSignal }),
          );
          if (CopyObjectResult?.ETag === undefined) throw notS3(target);
        } catch (error) {
          signal?.throwIfAborted();
          const failure = s3Error(error, target, "copy");
          // An attempt whose answer was lost may have made the copy.
          if (failures === 0 || failure.kind !== "exists") throw failure;
        }
      });
    },
    close(): void {
      sourceClient.destroy();
      client.destroy();
    },
  };
}

function copyCommand(
  source: S3Place,
  { bucket, storageClass, createOnly = true }: S3Options,
  key: string,
  name: string,
  version: string | undefined,
): CopyObjectCommand {
  return new CopyObjectCommand({
    Bucket: bucket,
    Key: key,
    CopySource: copySource(source.bucket, source.directory + name, version),
    ...(createOnly ? { IfNoneMatch: "*" } : {}),
    ...(storageClass === undefined ? {} : { StorageClass: storageClass as StorageClass }),
  });
}

/** Returns the id of the first version; undefined if there is one version only, or if versions cannot be listed. */
async function versionOf(
  client: S3Client,
  at: S3Place,
  name: string,
  options: Abortable & { readonly idle: number },
): Promise<string | undefined> {
  try {
    return (await firstVersion(client, at, name, options))?.id;
  } catch (error) {
    if (error instanceof StoreError && error.kind === "denied") return undefined;
    throw error;
  }
}
