import {
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
  type S3Client,
} from "@aws-sdk/client-s3";
import { notS3 } from "./errors.ts";
import type { S3Place } from "./options.ts";
import { askPage, EmptyPages, type PagedOptions, unreliable } from "./page.ts";

/** Part of a bucket that is listed. */
type Listed = Pick<ListObjectsV2CommandInput, "Prefix" | "StartAfter" | "Delimiter">;

/**
 * Yields the pages of a list, which needs no permission to see versions.
 *
 * @throws {StoreError} if an answer is no list, or the list is cut short.
 */
export async function* listedPages(
  client: S3Client,
  at: S3Place,
  listed: Listed,
  options: Pick<PagedOptions, "idle" | "pageSize" | "signal">,
): AsyncGenerator<ListObjectsV2CommandOutput> {
  const input = {
    ...listed,
    Bucket: at.bucket,
    EncodingType: "url", // XML cannot contain every name
    MaxKeys: options.pageSize,
  } as const;
  const empty = new EmptyPages(at);
  let token: string | undefined;
  while (true) {
    const command = new ListObjectsV2Command({ ...input, ContinuationToken: token });
    const page = await askPage(at, "list", options, (abortSignal) => client.send(command, { abortSignal }));
    // An answer that is no list would be read as an empty one.
    if (page.IsTruncated === undefined) throw notS3(at);
    empty.count((page.Contents?.length ?? 0) + (page.CommonPrefixes?.length ?? 0));
    yield page;
    if (!page.IsTruncated) return;
    if (!page.NextContinuationToken || page.NextContinuationToken === token) {
      throw unreliable(at, "is cut short");
    }
    token = page.NextContinuationToken;
  }
}
