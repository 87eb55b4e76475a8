import type { S3Client } from "@aws-sdk/client-s3";
import { isName } from "../name.ts";
import type { S3Place } from "./options.ts";
import { decodeKey, notWellFormed, type PagedOptions } from "./page.ts";
import { listedPages } from "./pages.ts";

/** Yields the first components of the names of all objects that are in a directory: one request for a thousand of them. */
export async function* listDirectories(
  client: S3Client,
  at: S3Place,
  options: Pick<PagedOptions, "idle" | "pageSize" | "signal">,
): AsyncGenerator<string> {
  for await (const page of listedPages(client, at, { Prefix: at.directory, Delimiter: "/" }, options)) {
    for (const { Prefix } of page.CommonPrefixes ?? []) {
      const path = decodeKey(Prefix ?? "");
      if (!path?.startsWith(at.directory)) throw notWellFormed(at);
      const name = path.slice(at.directory.length).replace(/\/$/, "");
      if (isName(name)) yield name;
    }
  }
}
