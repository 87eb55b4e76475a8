import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  type StorageClass,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { type Abortable, StoreError } from "../contract.ts";
import { checkName } from "../name.ts";
import { retry, type RetryOptions } from "../retry.ts";
import { Checksums, contentMd5 } from "./checksums.ts";
import { s3Client } from "./client.ts";
import { notS3, s3Error } from "./errors.ts";
import { type S3Options, type S3Place, s3Place, uploadLimit } from "./options.ts";
import { within } from "./within.ts";

/** Minimum size in bytes of each part except the last: "Amazon S3 multipart upload limits". */
const LEAST_PART = 5 * 1024 * 1024;

/** Maximum number of parts: "Amazon S3 multipart upload limits". */
const MOST_PARTS = 10_000;

/** Upload of one object, part by part. It needs only `s3:PutObject`. */
export interface MultipartUpload {
  /** Sends the next part. */
  put(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /**
   * Creates the object from the parts.
   *
   * @throws {StoreError} of kind `exists` if the name exists.
   */
  complete(): Promise<void>;
}

/** Uploads objects that are too large for one put. */
export interface MultipartWriter {
  /**
   * Begins the upload of the object `name`. An incomplete upload is no object; only the lifecycle of the
   * bucket removes it.
   */
  begin(name: string, options?: Abortable): Promise<MultipartUpload>;
  /** Closes sockets. */
  close(): void;
}

/** Returns the size of the parts of an object of `size` bytes: as near to `wanted` as the limits allow. */
export function multipartSize(size: number, wanted: number): number {
  return Math.max(wanted, LEAST_PART, Math.ceil(size / MOST_PARTS));
}

/**
 * Opens a writer of multipart uploads. Each request is retried alone, so a part that failed does not cause
 * others to be sent again.
 */
export function s3MultipartWriter(options: S3Options, retries: RetryOptions = {}): MultipartWriter {
  const at = s3Place(options);
  const client = s3Client(options, 0);
  const checksums = new Checksums();
  return {
    async begin(name, { signal } = {}): Promise<MultipartUpload> {
      checkName(name);
      const asking = new Asking(client, at, (size) => uploadLimit(options, size), retries, signal);
      const where = { Bucket: at.bucket, Key: at.directory + name };
      const { storageClass } = options;
      const more = storageClass === undefined ? {} : { StorageClass: storageClass as StorageClass };
      const create = (hasSha256: boolean): CreateMultipartUploadCommand =>
        new CreateMultipartUploadCommand({
          ...where,
          ...more,
          ...(hasSha256 && { ChecksumAlgorithm: "SHA256" }),
        });
      const { UploadId } = await asking.ask(
        "UploadId",
        0,
        (abortSignal) => checksums.sendWith((hasSha256) => client.send(create(hasSha256), { abortSignal })),
      );
      return new Upload(asking, checksums, { ...where, UploadId });
    },
    close: () => client.destroy(),
  };
}

class Upload implements MultipartUpload {
  readonly #asking: Asking;
  readonly #checksums: Checksums;
  readonly #upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string | undefined };
  readonly #parts: CompletedPart[] = [];

  constructor(
    asking: Asking,
    checksums: Checksums,
    upload: { Bucket: string; Key: string; UploadId: string | undefined },
  ) {
    this.#asking = asking;
    this.#checksums = checksums;
    this.#upload = upload;
  }

  async put(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const PartNumber = this.#parts.length + 1;
    const part = (hasSha256: boolean): UploadPartCommand =>
      new UploadPartCommand({
        ...this.#upload,
        PartNumber,
        Body: bytes,
        ...(hasSha256 ? { ChecksumAlgorithm: "SHA256" } : { ContentMD5: contentMd5(bytes) }),
      });
    const { ETag, ChecksumSHA256 } = await this.#asking.ask(
      "ETag",
      bytes.length,
      (abortSignal) =>
        this.#checksums.sendWith((hasSha256) => this.#asking.client.send(part(hasSha256), { abortSignal })),
    );
    this.#parts.push({ PartNumber, ETag, ...(ChecksumSHA256 === undefined ? {} : { ChecksumSHA256 }) });
  }

  async complete(): Promise<void> {
    let asked = 0;
    const input = { ...this.#upload, IfNoneMatch: "*", MultipartUpload: { Parts: this.#parts } };
    try {
      await this.#asking.ask("ETag", 0, (abortSignal) => {
        asked += 1;
        return this.#asking.client.send(new CompleteMultipartUploadCommand(input), { abortSignal });
      });
    } catch (error) {
      // If the upload no longer exists after an attempt whose answer was lost, it was completed: a host cannot end an
      // upload in any other way. The name of the object contains the SHA-256 of its bytes.
      const ended = error instanceof StoreError && (error.kind === "exists" || error.kind === "missing");
      if (asked === 1 || !ended) throw error;
    }
  }
}

/** Answer of the SDK with the status of HTTP. */
interface Answer {
  readonly $metadata: { readonly httpStatusCode?: number | undefined };
}

/** Requests of one upload, with errors as {@link StoreError}s. */
class Asking {
  readonly client: S3Client;
  readonly #at: S3Place;
  readonly #limit: (size: number) => number;
  readonly #retries: RetryOptions;
  readonly #signal: AbortSignal | undefined;

  constructor(
    client: S3Client,
    at: S3Place,
    limit: (size: number) => number,
    retries: RetryOptions,
    signal: AbortSignal | undefined,
  ) {
    this.client = client;
    this.#at = at;
    this.#limit = limit;
    this.#retries = retries;
    this.#signal = signal;
  }

  /**
   * Sends a request until an S3 server has answered.
   *
   * @param wanted Property that every such answer has.
   * @param size Number of bytes that are sent: the time limit grows with it.
   */
  ask<T extends object>(
    wanted: keyof T,
    size: number,
    send: (signal: AbortSignal) => Promise<T & Answer>,
  ): Promise<T> {
    return retry(this.#retries, this.#signal, async () => {
      this.#signal?.throwIfAborted();
      try {
        const answer = await within(this.#limit(size), this.#signal, send);
        if (answer[wanted] === undefined || answer.$metadata.httpStatusCode !== 200) throw notS3(this.#at);
        return answer;
      } catch (error) {
        this.#signal?.throwIfAborted();
        throw s3Error(error, this.#at, "put");
      }
    });
  }
}
