import { ListObjectsV2Command, type ListObjectsV2CommandOutput, type S3Client } from "s3";
import { type ListOptions, type StoredObject, StoreError } from "./contract.ts";
import { compareNames, isName } from "./name.ts";
import { notS3, s3Error } from "./s3_errors.ts";
import type { S3Place } from "./s3_options.ts";
import { within } from "./within.ts";

interface PagedOptions extends ListOptions {
  /** Milliseconds that a page may take. */
  readonly idle: number;
  readonly pageSize: number | undefined;
}

/**
 * The objects of a bucket whose names begin with `prefix`, `pageSize` of them (default: 1,000) in one request.
 *
 * A listing decides what a backup is believed to hold, so one that is cut short, goes in circles or is out of
 * order is refused.
 */
export async function* listObjects(
  client: S3Client,
  at: S3Place,
  prefix: string,
  options: PagedOptions,
): AsyncGenerator<StoredObject> {
  let last = options.after;
  for await (const page of pages(client, at, prefix, options)) {
    for (const object of page.Contents ?? []) {
      const { name, size, storedAt } = readObject(object, at);
      const follows = last === undefined || compareNames(last, name) < 0;
      if (!follows || !name.startsWith(prefix)) throw unreliable(at, "is out of order");
      last = name;
      if (isName(name)) yield { name, size, storedAt };
    }
  }
}

async function* pages(
  client: S3Client,
  at: S3Place,
  prefix: string,
  { after, idle, pageSize, signal }: PagedOptions,
): AsyncGenerator<ListObjectsV2CommandOutput> {
  const input = {
    Bucket: at.bucket,
    Prefix: at.folder + prefix,
    StartAfter: after === undefined ? undefined : at.folder + after,
    EncodingType: "url", // XML cannot hold every name
    MaxKeys: pageSize,
  } as const;
  let token: string | undefined;
  while (true) {
    const command = new ListObjectsV2Command({ ...input, ContinuationToken: token });
    const page = await send(client, at, command, { idle, signal });
    // What is no list at all would be read as an empty one.
    if (page.IsTruncated === undefined) throw notS3(at);
    yield page;
    if (!page.IsTruncated) return;
    if (!page.NextContinuationToken || page.NextContinuationToken === token) {
      throw unreliable(at, "is cut short");
    }
    token = page.NextContinuationToken;
  }
}

async function send(
  client: S3Client,
  at: S3Place,
  command: ListObjectsV2Command,
  { idle, signal }: Pick<PagedOptions, "idle" | "signal">,
): Promise<ListObjectsV2CommandOutput> {
  signal?.throwIfAborted();
  try {
    return await within(idle, signal, (abortSignal) => client.send(command, { abortSignal }));
  } catch (error) {
    signal?.throwIfAborted();
    throw s3Error(error, at, "list");
  }
}

function readObject(
  { Key, Size, LastModified }: NonNullable<ListObjectsV2CommandOutput["Contents"]>[number],
  at: S3Place,
): StoredObject {
  const key = decodeKey(Key ?? "");
  if (key === undefined || !key.startsWith(at.folder) || Size === undefined || LastModified === undefined) {
    throw unreliable(at, "is not well formed");
  }
  return { name: key.slice(at.folder.length), size: Size, storedAt: LastModified };
}

/** Undoes the URL encoding of a listing, in which a space is `+` (Amazon) or `%20` (others). */
function decodeKey(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

function unreliable(at: S3Place, fault: string): StoreError {
  return new StoreError("failed", `${at.label}: the list of objects ${fault}`, {
    hint: "Nothing can be told from such a list. Tell the maker of the server",
  });
}
