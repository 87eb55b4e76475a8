/** Calls to an S3 server that fails them. */
import assert from "node:assert/strict";
import type { StoreError, StoreErrorKind } from "../../lib/store/contract.ts";
import { s3Reader, s3Writer } from "../../lib/store/s3/writer.ts";
import type { S3Options } from "../../lib/store/s3/options.ts";
import { Secret } from "../../lib/model/secret.ts";
import { content, rejects } from "./checks.ts";

export const NAME = "web1/20261123T050000Z-00/000001.000000-unguessable.tar.zst.gpg";

const CALLS = {
  put: async (options: S3Options): Promise<unknown> => {
    const writer = s3Writer(options);
    return await writer.put(NAME, content(1000)).finally(() => writer.close());
  },
  get: async (options: S3Options): Promise<unknown> => {
    const reader = s3Reader(options);
    return await reader.get(NAME, { maxBytes: 1000 }).finally(() => reader.close());
  },
  list: async (options: S3Options): Promise<unknown> => {
    const reader = s3Reader({ ...options, pageSize: 2 });
    return await Array.fromAsync(reader.list("")).finally(() => reader.close());
  },
};

export type Call = keyof typeof CALLS;

export const EVERY: Call[] = ["put", "get", "list"];

/** Options for `endpoint`, which may take `idle` milliseconds to answer. */
export function optionsFor(endpoint: string, idle = 20_000): S3Options {
  return {
    bucket: "web1-backups",
    region: "us-east-1",
    endpoint,
    credentials: {
      accessKeyId: "AKIAIOSFODNN7EXAMPLE",
      secretAccessKey: new Secret("wJalrXUtnFEMI/K7MDENG"),
    },
    timeouts: { idle },
  };
}

/** What a call fails with at `endpoint`; whatever it is, it gives nothing away. */
export async function failure(
  call: Call,
  endpoint: string,
  kind: StoreErrorKind,
  idle?: number,
): Promise<StoreError> {
  const error = await rejects(CALLS[call](optionsFor(endpoint, idle)), kind);
  assert.match(error.message, /^s3:\/\/web1-backups at https?:\/\/(127\.0\.0\.1|localhost):\d+: [a-z]/);
  assert.doesNotMatch(error.message, /\.$/);
  assert.doesNotMatch(Deno.inspect(error, { depth: 20, showHidden: true }), /unguessable|wJalr/);
  return error;
}
