import { resolveCredentials } from "../config/credentials.ts";
import type { S3Store, Store } from "../config/types.ts";
import type { Run } from "./events.ts";
import type { StoreReader, StoreWriter } from "../store/contract.ts";
import { directoryMarker, directoryReader, directoryWriter } from "../store/directory/directory.ts";
import { bucketIdentity } from "../store/identity.ts";
import { proxiesOf } from "../store/s3/proxies.ts";
import { isolatingReader } from "../store/isolating_reader.ts";
import { retryingWriter, type RetryOptions } from "../store/retry.ts";
import { Pacer } from "../store/pacer.ts";
import type { MultipartWriter } from "../store/s3/multipart.ts";
import { type S3Options, s3Url } from "../store/s3/options.ts";

export type { StoreReader, StoreWriter };

/** How to write. */
export interface WriterOptions {
  /** Bytes a second at most; no limit where it is missing. */
  readonly bandwidth?: number | undefined;
  /** How long a network or server may be away, in milliseconds; half an hour. */
  readonly patience?: number | undefined;
}

/** Reads an environment variable. */
export type Environment = (name: string) => string | undefined;

// The SDK takes longer to load than a small backup takes to run, so only those who use S3 pay for it.
const s3 = (): Promise<typeof import("../store/s3/writer.ts")> => import("../store/s3/writer.ts");

/** What a {@link StoreWriter} says of its store, without opening one: no credentials are needed. */
export function storeOf(store: Store): Pick<StoreWriter, "place" | "identity"> {
  return store.kind === "directory"
    ? { place: store.path, identity: directoryMarker(store.path) }
    : { place: s3Url(store), identity: bucketIdentity(store) };
}

/**
 * Opens the writing half of a host's store: all that a backup gets.
 *
 * @throws {Misuse} when the credentials are missing.
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

/** Runs `body` with the writing half of a host's store, which is closed afterwards. */
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
 * Opens the reading half of a host's store.
 *
 * @throws {Misuse} when the credentials are missing.
 */
export async function openReader(store: Store, env: Environment, run: Run): Promise<StoreReader> {
  if (store.kind === "directory") return isolatingReader(directoryReader(store.path), { attempts: 1 });
  const warn = (text: string): void => run.report({ event: "warning", text });
  return isolatingReader((await s3()).s3Reader(s3Options(store, env), warn), patientRetries(run));
}

/**
 * Opens what a host's large files go through.
 *
 * @throws {Misuse} when the credentials are missing.
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

/** Time ends the patience, not the number of attempts: networks come back when their router has started again. */
export function patientRetries(run: Run, patience: number = HALF_AN_HOUR_MS): RetryOptions {
  return { ...retries(run, patience), attempts: Infinity, deadline: patience };
}

/** A night without a network is no reason for thousands of lines. */
const SILENCE_MS = 60_000;

const HALF_AN_HOUR_MS = 30 * 60_000;

/** Tells of each trouble when it comes, and of one that stays once a minute. */
function retries(run: Run, patience: number): RetryOptions {
  const reported = new Map<string, number>();
  const limit = patience === Infinity ? "" : `, for up to ${Math.ceil(patience / 60_000)} min`;
  return {
    report: ({ message }, wait) => {
      const now = run.now().getTime();
      if (now - (reported.get(message) ?? -Infinity) < SILENCE_MS) return;
      reported.set(message, now);
      const text = `${message}; trying again in ${(wait / 1000).toFixed(1)} s${limit}`;
      run.report({ event: "note", text });
    },
  };
}
