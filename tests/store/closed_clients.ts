import type { StoreReader, StoreWriter } from "../../lib/store/contract.ts";
import { s3Reader, s3Writer } from "../../lib/store/s3/writer.ts";
import type { S3Options } from "../../lib/store/s3/options.ts";

/** Runs `body` with a writer that is closed afterwards. */
export function withWriter(
  options: S3Options,
  body: (writer: StoreWriter) => Promise<unknown>,
): Promise<void> {
  return closing(s3Writer(options), body);
}

/** Runs `body` with a reader that is closed afterwards. */
export function withReader(
  options: S3Options,
  body: (reader: StoreReader) => Promise<unknown>,
): Promise<void> {
  return closing(s3Reader(options), body);
}

async function closing<T extends { close(): void }>(it: T, body: (it: T) => Promise<unknown>): Promise<void> {
  try {
    await body(it);
  } finally {
    it.close();
  }
}
