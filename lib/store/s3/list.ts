import { ListObjectsV2Command, type ListObjectsV2CommandOutput, type S3Client } from "@aws-sdk/client-s3";
import type { StoredObject } from "../contract.ts";
import { isHidden, isName } from "../name.ts";
import { compareUtf8 } from "../../model/utf8_order.ts";
import { notS3 } from "./errors.ts";
import type { S3Place } from "./options.ts";
import { askPage, nameAndTime, notWellFormed, type PagedOptions, unreliable } from "./page.ts";

/**
 * Yields the objects of a bucket whose names begin with `prefix`, without the permission to see versions.
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
      const { name, time } = nameAndTime(object, at);
      const follows = last === undefined || compareUtf8(last, name) < 0;
      if (!follows || !name.startsWith(prefix)) throw unreliable(at, "is out of order");
      last = name;
      if (object.Size === undefined) throw notWellFormed(at);
      if (isName(name)) yield { name, size: object.Size, storedAt: time };
      else if (!isHidden(name)) options.passedOver?.(name);
    }
  }
}

async function* pages(
  client: S3Client,
  at: S3Place,
  prefix: string,
  options: PagedOptions,
): AsyncGenerator<ListObjectsV2CommandOutput> {
  const input = {
    Bucket: at.bucket,
    Prefix: at.directory + prefix,
    StartAfter: options.after === undefined ? undefined : at.directory + options.after,
    EncodingType: "url", // XML cannot contain every name
    MaxKeys: options.pageSize,
  } as const;
  let token: string | undefined;
  while (true) {
    const command = new ListObjectsV2Command({ ...input, ContinuationToken: token });
    const page = await askPage(at, "list", options, (abortSignal) => client.send(command, { abortSignal }));
    // An answer that is no list would be read as an empty one.
    if (page.IsTruncated === undefined) throw notS3(at);
    yield page;
    if (!page.IsTruncated) return;
    if (!page.NextContinuationToken || page.NextContinuationToken === token) {
      throw unreliable(at, "is cut short");
    }
    token = page.NextContinuationToken;
  }
}
