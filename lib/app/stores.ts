import { resolveCredentials } from "../config/credentials.ts";
import type { S3Store, Store } from "../config/types.ts";
import type { Run } from "./events.ts";
import type { StoreReader, StoreRemover, StoreWriter } from "../store/contract.ts";
import { directoryMarker, directoryReader, directoryWriter } from "../store/directory/directory.ts";
import { directoryRemover } from "../store/directory/remover.ts";
import { bucketIdentity } from "../store/identity.ts";
import { proxiesOf } from "../store/s3/proxies.ts";
import { isolatingReader } from "../store/isolating_reader.ts";
import { retryingRemover, retryingWriter, type RetryOptions, type Tried } from "../store/retry.ts";
import { lengthOfTime } from "../model/length_of_time.ts";
import { Pacer } from "../store/pacer.ts";
import type { StoreCopier } from "../store/s3/copier.ts";
import type { MultipartWriter } from "../store/s3/multipart.ts";
import { type S3Options, s3Url } from "../store/s3/options.ts";

export type { StoreReader, StoreWriter };

/** Options of {@link openWriter}. */
export interface WriterOptions {
  /** Maximum upload rate in bytes per second. Default: no limit. */
  readonly bandwidth?: number | undefined;
  /** Time in milliseconds to retry while the network or the server is unreachable. Default: half an hour. */
  readonly patience?: number | undefined;
}

/** Returns the value of an environment variable, or undefined if it is not set. */
export type Environment = (name: string) => string | undefined;

// Loading the SDK takes longer than a small backup, so it is loaded only for S3.
const s3 = (): Promise<typeof import("../store/s3/writer.ts")> => import("../store/s3/writer.ts");

/** Returns place and identity of a store without opening it, so no credentials are needed. */
export function storeOf(store: Store): Pick<StoreWriter, "place" | "identity"> {
  return store.kind === "directory"
    ? { place: store.path, identity: directoryMarker(store.path) }
    : { place: s3Url(store), identity: bucketIdentity(store) };
}

/**
 * Opens a host's store for writing. A writer can put objects, but cannot list, read or delete them. Close it after use.
 *
 * @throws {Misuse} if the credentials are missing or malformed.
 */
export async function openWriter(
  store: Store,
  env: Environment,
  run: Run,
  options: WriterOptions = {},
): Promise<StoreWriter> {
  if (store.kind === "directory") return directoryWriter(store.path, pacer(options));
  const writer = (await s3()).s3Writer(s3WriterOptions(store, env, options));
  return retryingWriter(writer, writerRetries(run, options));
}

/** Opens a host's store for writing, runs `body`, and closes it. */
export async function withWriter<T>(
  store: Store,
  env: Environment,
  run: Run,
  options: WriterOptions,
  body: (writer: StoreWriter) => Promise<T>,
): Promise<T> {
  const writer = await openWriter(store, env, run, options);
  try {
    return await body(writer);
  } finally {
    writer.close();
  }
}

/**
 * Opens a host's store for reading. A reader can list and read objects, but cannot change them. Close it after use.
 *
 * @param patience Time in milliseconds to retry while the network or the server is unreachable. Default: half an hour.
 * @throws {Misuse} if the credentials are missing or malformed.
 */
export async function openReader(
  store: Store,
  env: Environment,
  run: Run,
  patience?: number,
): Promise<StoreReader> {
  if (store.kind === "directory") return isolatingReader(directoryReader(store.path), { attempts: 1 });
  const warn = (text: string): void => run.report({ event: "warning", text });
  return isolatingReader((await s3()).s3Reader(s3Options(store, env), warn), patientRetries(run, patience));
}

/** Opens a store for removing objects. Only the owner of the store does so, never a host. Close it after use. */
export async function openRemover(store: Store, env: Environment, run: Run): Promise<StoreRemover> {
  if (store.kind === "directory") return directoryRemover(store.path);
  const { s3Remover } = await import("../store/s3/remover.ts");
  return retryingRemover(s3Remover(s3Options(store, env)), patientRetries(run));
}

/**
 * Opens a bucket for multipart uploads of large files.
 *
 * @throws {Misuse} if the credentials are missing or malformed.
 */
export async function openMultipart(
  store: S3Store,
  env: Environment,
  run: Run,
  options: WriterOptions = {},
): Promise<MultipartWriter> {
  const { s3MultipartWriter } = await import("../store/s3/multipart.ts");
  return s3MultipartWriter(s3WriterOptions(store, env, options), writerRetries(run, options));
}

/**
 * Opens a copier between two buckets of a server, for pins alone. It is undefined if the stores are not at the same server,
 * which cannot copy then. Close it after use.
 *
 * @throws {Misuse} if the credentials are missing or malformed.
 */
export async function openCopier(
  from: Store,
  to: Store,
  env: Environment,
  run: Run,
): Promise<StoreCopier | undefined> {
  if (from.kind === "directory" || to.kind === "directory") return undefined;
  if (from.endpoint !== to.endpoint || from.region !== to.region) return undefined;
  const { s3Copier } = await import("../store/s3/copier.ts");
  return s3Copier(s3Options(from, env), s3Options(to, env), patientRetries(run));
}

function s3Options(store: S3Store, env: Environment): S3Options {
  return { ...store, credentials: resolveCredentials(store.credentials, { env }), proxies: proxiesOf(env) };
}

function s3WriterOptions(store: S3Store, env: Environment, options: WriterOptions): S3Options {
  return { ...s3Options(store, env), pacer: pacer(options) };
}

function pacer({ bandwidth }: WriterOptions): Pacer | undefined {
  return bandwidth === undefined ? undefined : new Pacer(bandwidth);
}

function writerRetries(run: Run, { patience }: WriterOptions): RetryOptions {
  return patientRetries(run, patience);
}

/** Returns options that retry without a limit of attempts until `patience` milliseconds are over. */
export function patientRetries(run: Run, patience: number = HALF_AN_HOUR_MS): RetryOptions {
  return { ...retries(run, patience), attempts: Infinity, deadline: patience };
}

/** Minimum time between two reports of the same error, so that a night without a network prints few lines. */
const SILENCE_MS = 60_000;

const HALF_AN_HOUR_MS = 30 * 60_000;

/** Returns options that report each error when it first occurs, and then once a minute. */
function retries(run: Run, patience: number): RetryOptions {
  const reported = new Map<string, number>();
  const limit = patience === Infinity ? "" : ` for up to ${lengthOfTime(patience)}`;
  return {
    report: ({ message }, tried) => {
      const now = run.now().getTime();
      if (now - (reported.get(message) ?? -Infinity) < SILENCE_MS) return;
      reported.set(message, now);
      run.report({ event: "note", text: `${message}; ${failed(tried)}retrying${limit}` });
    },
  };
}

/** Returns what is said of earlier attempts; nothing after the first one, which is retried within a second. */
function failed({ failures, elapsed, wait }: Tried): string {
  if (failures === 1) return "";
  return `${failures} attempts failed in ${lengthOfTime(elapsed)}, the next is in ${lengthOfTime(wait)}; `;
}
