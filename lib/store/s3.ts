import { addAbortSignal, type Readable } from "node:stream";
import { GetObjectCommand, PutObjectCommand, type S3Client, type StorageClass } from "s3";
import { type GetOptions, StoreError, type StoreReader, type StoreWriter } from "./contract.ts";
import { checkName } from "./name.ts";
import { s3Client } from "./s3_client.ts";
import { notS3, s3Error } from "./s3_errors.ts";
import { listObjects } from "./s3_list.ts";
import { type S3Options, type S3Place, s3Place } from "./s3_options.ts";
import { within } from "./within.ts";

export type { S3Options, Timeouts } from "./s3_options.ts";

const IDLE = 60_000;

/** The slowest upload that is waited for, in bytes a millisecond: 16 KiB a second. */
const SLOWEST = 16;

/**
 * Puts objects into a bucket. All it needs is `s3:PutObject`.
 *
 * Each put is create-only, and the server checks the bytes: against the SHA-256 that the signature covers, as
 * every server does, and against `x-amz-checksum-sha256`, which Amazon also keeps with the object.
 */
export function s3Writer(options: S3Options): StoreWriter {
  const at = s3Place(options);
  const client = s3Client(options, 0);
  const idle = options.timeouts?.idle ?? IDLE;
  return {
    place: at.url,
    async put(name, bytes, { signal } = {}): Promise<Date | undefined> {
      checkName(name);
      signal?.throwIfAborted();
      const command = putCommand(options, at.folder + name, bytes);
      const answered = dateOfAnswer(command);
      try {
        // Nobody sees how much of a long write has gone out, so its limit grows with its size.
        const { ETag } = await within(
          idle + bytes.length / SLOWEST,
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

/** Lists and reads what an {@link s3Writer} stored. It needs `s3:ListBucket` and `s3:GetObject`. */
export function s3Reader(options: S3Options): StoreReader {
  const at = s3Place(options);
  const client = s3Client(options, 0);
  const idle = options.timeouts?.idle ?? IDLE;
  return {
    place: at.url,
    list: (prefix, { after, signal } = {}) =>
      listObjects(client, at, prefix, { after, signal, idle, pageSize: options.pageSize }),
    async get(name, { maxBytes, signal }): Promise<Uint8Array<ArrayBuffer>> {
      checkName(name);
      signal?.throwIfAborted();
      const key = at.folder + name;
      try {
        return await within(
          idle,
          signal,
          (abortSignal, goesOn) => getWhole(client, at, key, { maxBytes, signal: abortSignal, goesOn }),
        );
      } catch (error) {
        signal?.throwIfAborted();
        throw s3Error(error, at, "get");
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

/** Gives the `Date` of the answer, once there is one: the clock that the server dates objects and their expiry by. */
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

async function getWhole(
  client: S3Client,
  at: S3Place,
  key: string,
  { maxBytes, signal, goesOn }: GetOptions & { readonly signal: AbortSignal; readonly goesOn: () => void },
): Promise<Uint8Array<ArrayBuffer>> {
  const command = new GetObjectCommand({ Bucket: at.bucket, Key: key });
  const { Body, ContentLength: size, ETag } = await client.send(command, { abortSignal: signal });
  goesOn();
  const body = Body as Readable;
  if (ETag !== undefined && size !== undefined && size <= maxBytes) {
    return await wholeBody(addAbortSignal(signal, body), size, goesOn);
  }
  body.destroy();
  if (ETag === undefined) throw notS3(at);
  throw new StoreError("oversized", `${at.label}: an object has more than the ${maxBytes} bytes expected`);
}

/** The HTTP client sees to it that neither more nor less comes than the `size` that was announced. */
async function wholeBody(body: Readable, size: number, goesOn: () => void): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    goesOn();
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
