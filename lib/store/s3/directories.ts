import { ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import type { Abortable } from "../contract.ts";
import { isName } from "../name.ts";
import { notS3 } from "./errors.ts";
import type { S3Place } from "./options.ts";
import { askPage, decodeKey, notWellFormed, unreliable } from "./page.ts";

/** Yields the first components of the names of all objects that are in a directory: one request for a thousand of them. */
export async function* listDirectories(
  client: S3Client,
  at: S3Place,
  options: Abortable & { readonly idle: number; readonly pageSize?: number | undefined },
): AsyncGenerator<string> {
  const input = {
    Bucket: at.bucket,
    Prefix: at.directory,
    Delimiter: "/",
    EncodingType: "url", // XML cannot contain every name
    MaxKeys: options.pageSize,
  } as const;
  let token: string | undefined;
  while (true) {
    const command = new ListObjectsV2Command({ ...input, ContinuationToken: token });
    const page = await askPage(at, "list", options, (abortSignal) => client.send(command, { abortSignal }));
    if (page.IsTruncated === undefined) throw notS3(at);
    for (const { Prefix } of page.CommonPrefixes ?? []) {
      const path = decodeKey(Prefix ?? "");
      if (!path?.startsWith(at.directory)) throw notWellFormed(at);
      const name = path.slice(at.directory.length).replace(/\/$/, "");
      if (isName(name)) yield name;
    }
    if (!page.IsTruncated) return;
    if (!page.NextContinuationToken || page.NextContinuationToken === token) {
      throw unreliable(at, "is cut short");
    }
    token = page.NextContinuationToken;
  }
}
