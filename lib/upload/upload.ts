import { createHash } from "node:crypto";
import { basename } from "node:path";
import { bucketFault } from "../config/bucket.ts";
import type { Host, S3Store } from "../config/types.ts";
import type { Run } from "../app/events.ts";
import { pinnedRecipients } from "../app/keys.ts";
import { sha256 } from "../model/digest.ts";
import { Failure, Misuse, reason } from "../model/failure.ts";
import { sealedFilePartName, uploadName } from "../model/upload_name.ts";
import { newSnapshotId } from "../model/snapshot.ts";
import { seal } from "../seal/seal.ts";
import { newSessionKey } from "../seal/session_key.ts";
import { StoreError, type StoreWriter } from "../store/contract.ts";
import { isName } from "../store/name.ts";
import { type Environment, openMultipart, openWriter } from "../app/stores.ts";
import { fitted, type FittedHost } from "../backup/memory_profile.ts";
import { Uploads } from "../backup/uploads.ts";
import { blocksOf, readBlock } from "./file_blocks.ts";

const BLOCK = 1024 * 1024;

/** Maximum number of encrypted parts that are being uploaded while the next one is created. */
const UPLOADS_AT_ONCE = 2;

/** Destination of uploaded files. */
export interface UploadRequest {
  /** Host whose store has the region, endpoint and credentials, and whose recipients files are encrypted to. */
  readonly host: Host;
  /** Name of the bucket. */
  readonly bucket: string;
  /** Directory in the bucket; empty for none. */
  readonly prefix: string;
  /** Whether to encrypt. */
  readonly sealed: boolean;
}

/** Result for one file. */
export interface Uploaded {
  /** Path of the file. */
  readonly file: string;
  /** Names in the bucket: one object, or the parts of an encrypted file in order. */
  readonly objects: readonly string[];
  /** Size of the file in bytes. */
  readonly bytes: number;
  /** Whether an object with this name existed before. A host cannot read, so only the name is compared. */
  readonly existed: boolean;
}

/**
 * Uploads one file into a bucket, under a name that contains its SHA-256. A file larger than a part is uploaded in several
 * parts; if one of them fails, only this one is sent again.
 *
 * @throws {Misuse} if the host's store is no bucket, or if the file is unreadable or has an unsuitable name.
 * @throws {StoreError} if the server refuses.
 * @throws {Failure} if the file changes in the meantime. After any error there is no object.
 */
export async function upload(
  request: UploadRequest,
  file: string,
  env: Environment,
  run: Run,
): Promise<Uploaded> {
  const store = bucketOf(request);
  using source = openFile(file);
  const host = fitted(request.host);
  const writer = await openWriter(store, env, run, host);
  try {
    if (request.sealed) return await uploadSealed(host, writer, file, source, run);
    const { size } = await source.stat();
    if (size > host.partSize) return await uploadParts(host, store, file, source, env, run);
    return await uploadWhole(writer, file, source, run);
  } finally {
    writer.close();
  }
}

async function uploadWhole(
  writer: StoreWriter,
  file: string,
  source: Deno.FsFile,
  run: Run,
): Promise<Uploaded> {
  const { size } = await source.stat();
  const bytes = await readBlock(source, size);
  const digest = sha256(bytes);
  const name = uploadName(basename(file), digest);
  const existed = await exists(writer.put(name, bytes, { sha256: digest, signal: run.signal }));
  run.report({ event: "progress", entries: 1, bytes: size });
  return { file, objects: [name], bytes: size, existed };
}

/**
 * Uploads a file in parts. It is read twice: the name contains the SHA-256 of the whole file, so it is needed before the
 * first part is sent.
 */
async function uploadParts(
  host: FittedHost,
  store: S3Store,
  file: string,
  source: Deno.FsFile,
  env: Environment,
  run: Run,
): Promise<Uploaded> {
  const first = await digestOf(source, run);
  const name = uploadName(basename(file), first.digest);
  const { multipartSize } = await import("../store/s3/multipart.ts");
  const writer = await openMultipart(store, env, run, host);
  try {
    const begun = await writer.begin(name, { signal: run.signal }).catch((error) => {
      throw partsDenied(error) ? noParts(file, error) : error;
    });
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const part of blocksOf(source, multipartSize(first.bytes, host.partSize))) {
      hash.update(part);
      await begun.put(part);
      bytes += part.length;
      run.report({ event: "progress", entries: 0, bytes });
    }
    if (hash.digest("hex") !== first.digest) throw new Failure(`"${file}" changed while it was uploaded`);
    return { file, objects: [name], bytes, existed: await exists(begun.complete()) };
  } catch (error) {
    if (!partsDenied((error as Error).cause)) reportIncompleteUpload(run, store);
    throw error;
  } finally {
    writer.close();
  }
}

function partsDenied(error: unknown): error is StoreError {
  return error instanceof StoreError && error.kind === "denied";
}

/**
 * Returns the error for a server that refuses multipart uploads. At Ceph no policy allows them without allowing reads: see
 * `putOnlyOfOwnAccount`.
 */
function noParts(file: string, cause: StoreError): Failure {
  return new Failure(`Cannot upload "${file}" in parts: ${cause.message}`, {
    hint:
      "Run it again with --sealed, which stores each part as an object; a host of a Ceph bucket may not " +
      "upload in parts",
    cause,
  });
}

/**
 * Uploads an encrypted file. Its SHA-256 is known only when it is complete, and it is not stored in between. So each part is
 * an object of its own, like those of a volume.
 */
async function uploadSealed(
  host: FittedHost,
  writer: StoreWriter,
  file: string,
  source: Deno.FsFile,
  run: Run,
): Promise<Uploaded> {
  const recipients = await pinnedRecipients(host, run);
  const uploads = new Uploads(writer, UPLOADS_AT_ONCE, run.signal);
  const id = newSnapshotId(run.now());
  const objects: string[] = [];
  let read = 0;
  const plain = async function* (): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for await (const block of blocksOf(source, BLOCK)) {
      read += block.length;
      yield block;
      run.report({ event: "progress", entries: 0, bytes: read });
    }
  };
  const { compression, partSize } = host;
  const session = await newSessionKey(recipients);
  try {
    for await (const { bytes, sha256 } of seal(plain(), { session, compression, partSize })) {
      const name = sealedFilePartName(basename(file), id, objects.length, sha256, compression.kind);
      objects.push(name);
      await uploads.put(name, bytes, { sha256, done: () => void bytes.buffer.transfer(0) });
    }
    await uploads.settle();
  } finally {
    await uploads.drain();
  }
  return { file, objects, bytes: read, existed: false };
}

/** Whether the object existed before. */
async function exists(put: Promise<unknown>): Promise<boolean> {
  try {
    await put;
    return false;
  } catch (error) {
    if (error instanceof StoreError && error.kind === "exists") return true;
    throw error;
  }
}

function reportIncompleteUpload(run: Run, { bucket }: S3Store): void {
  run.report({
    event: "warning",
    text: `An unfinished upload may be left in ${bucket}, and a host cannot abort it: ` +
      "the bucket's lifecycle does (AbortIncompleteMultipartUpload)",
  });
}

function bucketOf({ host, bucket, prefix }: UploadRequest): S3Store {
  const fault = bucketFault(bucket);
  if (fault !== undefined) throw new Misuse(`"${bucket}" is ${fault}`);
  if (prefix !== "" && !isName(prefix)) throw new Misuse(`"${prefix}" cannot be a directory in a bucket`);
  if (host.store.kind === "s3") return { ...host.store, bucket, prefix };
  throw new Misuse(
    `The store of ${host.name} is a directory: there is no region and there are no credentials`,
    {
      hint: "upload is for hosts whose store is of kind s3",
    },
  );
}

function openFile(file: string): Deno.FsFile {
  try {
    const opened = Deno.openSync(file);
    if (opened.statSync().isFile) return opened;
    opened.close();
  } catch (error) {
    throw new Misuse(`Cannot read "${file}": ${reason(error)}`);
  }
  throw new Misuse(`"${file}" is not a file`, { hint: "Use upload for files and backup for directories" });
}

async function digestOf(source: Deno.FsFile, run: Run): Promise<{ digest: string; bytes: number }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const block of blocksOf(source, BLOCK)) {
    run.signal.throwIfAborted();
    hash.update(block);
    bytes += block.length;
  }
  return { digest: hash.digest("hex"), bytes };
}
