import { resolveCredentials } from "./config/credentials.ts";
import type { S3Store, Store } from "./config/types.ts";
import type { Run } from "./events.ts";
import type { StoreReader, StoreWriter } from "./store/contract.ts";
import { directoryReader, directoryWriter } from "./store/directory.ts";
import { retryingReader, retryingWriter, type RetryOptions } from "./store/retry.ts";
import type { MultipartWriter } from "./store/s3_multipart.ts";
import type { S3Options } from "./store/s3_options.ts";

export type { StoreReader, StoreWriter };

/** Reads an environment variable. */
export type Environment = (name: string) => string | undefined;

// The SDK takes longer to load than a small backup takes to run, so only those who use S3 pay for it.
const s3 = (): Promise<typeof import("./store/s3.ts")> => import("./store/s3.ts");

/**
 * Opens the writing half of a host's store: all that a backup gets.
 *
 * @throws {Misuse} when the credentials are missing.
 */
export async function openWriter(store: Store, env: Environment, run: Run): Promise<StoreWriter> {
  if (store.kind === "directory") return directoryWriter(store.path);
  const options = s3Options(store, env);
  return retryingWriter((await s3()).s3Writer(options), retries(run));
}

/** Runs `body` with the writing half of a host's store, which is closed afterwards. */
export async function withWriter<T>(
  store: Store,
  env: Environment,
  run: Run,
  body: (writer: StoreWriter) => Promise<T>,
): Promise<T> {
  const writer = await openWriter(store, env, run);
  try {
    return await body(writer);
  } finally {
    writer.close();
  }
}

/**
 * Opens the reading half of a host's store.
 *
 * @throws {Misuse} when the credentials are missing.
 */
export async function openReader(store: Store, env: Environment, run: Run): Promise<StoreReader> {
  if (store.kind === "directory") return directoryReader(store.path);
  const warn = (text: string): void => run.report({ event: "warning", text });
  return retryingReader((await s3()).s3Reader(s3Options(store, env), warn), retries(run));
}

/**
 * Opens what a host's large files go through.
 *
 * @throws {Misuse} when the credentials are missing.
 */
export async function openMultipart(store: S3Store, env: Environment, run: Run): Promise<MultipartWriter> {
  const { s3MultipartWriter } = await import("./store/s3_multipart.ts");
  return s3MultipartWriter(s3Options(store, env), retries(run));
}

function s3Options(store: S3Store, env: Environment): S3Options {
  return { ...store, credentials: resolveCredentials(store.credentials, { env }) };
}

function retries(run: Run): RetryOptions {
  return {
    tell: (error, wait) => {
      run.report({ event: "note", text: `${error.message}; trying again in ${(wait / 1000).toFixed(1)} s` });
    },
  };
}
