import type { S3Client } from "@aws-sdk/client-s3";
import type { StoredObject } from "../contract.ts";
import { isHidden, isName } from "../name.ts";
import { compareUtf8 } from "../../model/utf8_order.ts";
import type { S3Place } from "./options.ts";
import { nameAndTime, type PagedOptions, sizeOf, unreliable } from "./page.ts";
import { listedPages } from "./pages.ts";

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
  const input = {
    Prefix: at.directory + prefix,
    StartAfter: options.after === undefined ? undefined : at.directory + options.after,
  };
  for await (const page of listedPages(client, at, input, options)) {
    for (const object of page.Contents ?? []) {
      const { name, time } = nameAndTime(object, at);
      const follows = last === undefined || compareUtf8(last, name) < 0;
      if (!follows || !name.startsWith(prefix)) throw unreliable(at, "is out of order");
      last = name;
      const size = sizeOf(object.Size, at);
      if (isName(name)) yield { name, size, storedAt: time };
      else if (!isHidden(name)) options.passedOver?.(name);
    }
  }
}
