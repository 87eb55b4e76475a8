/** Sends the requests of an audit, and finds out their outcome. */
import { IAMClient } from "@aws-sdk/client-iam";
import { S3Client } from "@aws-sdk/client-s3";
import { Secret } from "../../model/secret.ts";
import type { StoreError } from "../contract.ts";
import { clientSettings, s3Client } from "../s3/client.ts";
import { s3Error } from "../s3/errors.ts";
import { IDLE, type S3Options, s3Place } from "../s3/options.ts";
import { KEPT, type Probe, type ProbeTarget } from "./probe.ts";

/**
 * Outcome of an attempt. `kept`: allowed but without harm, because the first version of the object stays.
 * `lacking`: the server does not support it, or the bucket or object does not exist.
 */
export type Outcome = "allowed" | "refused" | "kept" | "lacking";

/** One request that an intruder would try, and its outcome. */
export interface Attempt {
  /** Action that was tried, in words: `list the bucket`. */
  readonly name: string;
  /** Outcome that is correct for a host's credentials. */
  readonly wanted: "allowed" | "refused";
  /** Outcome that was found. */
  readonly found: Outcome;
  /** Status and code of the server's answer. */
  readonly answer: string;
  /** Remedy if `wanted` and `found` differ. */
  readonly remedy: string;
}

const ATTEMPTS = 5;

/** Sender of the requests of an audit. */
export interface Prober extends Disposable {
  readonly target: ProbeTarget;
  /**
   * Sends a request, by default about the target of the prober, and returns its outcome.
   *
   * @throws {StoreError} if the server cannot be asked: network, wrong keys, clock.
   */
  send(probe: Probe, wanted?: Attempt["wanted"], target?: ProbeTarget): Promise<Attempt>;
}

/**
 * Opens a sender of requests.
 *
 * @param options Credentials that are audited, and a bucket.
 * @param key Key of the object that the requests are about, below the directory of the store.
 * @param user Name of the user at the provider.
 */
export function openProber(options: S3Options, key: string, user: string): Prober {
  const target = targetOf(options, key, user);
  const stranger = targetOf(strange(options), key, user);
  const failure = (error: unknown): StoreError => s3Error(error, s3Place(options), "put");
  // A server may refuse a request for its content, or answer to it, before it looks at the sender.
  const isProven = async (probe: Probe, about: ProbeTarget, answer: string): Promise<boolean> => {
    const { s3, garbled, anybody, iam, bucket } = stranger;
    const other = { ...about, s3: about.s3 === target.garbled ? garbled : s3, garbled, anybody, iam, bucket };
    return (await outcome(probe.call(other), "refused", failure).catch(() => undefined))?.answer !== answer;
  };
  return {
    target,
    async send(probe, wanted = "refused", about = target): Promise<Attempt> {
      const { name, remedy } = probe;
      const result = await outcome(probe.call(about), wanted, failure);
      const proven = wanted === "allowed" || result.found !== "allowed" ||
        await isProven(probe, about, result.answer);
      return { name, remedy, wanted, ...result, found: proven ? result.found : "lacking" };
    },
    [Symbol.dispose](): void {
      for (const { s3, garbled, anybody, iam } of [target, stranger]) {
        for (const client of [s3, garbled, anybody, iam]) client.destroy();
      }
    },
  };
}

/**
 * Returns options of a sender that no server accepts: another secret key, and a bucket that does not exist. An answer that
 * this sender gets as well says nothing of what the user may do.
 */
function strange(options: S3Options): S3Options {
  const { accessKeyId } = options.credentials;
  const credentials = { accessKeyId, secretAccessKey: new Secret("nightdrop-audit") };
  return { ...options, credentials, bucket: `${options.bucket.slice(0, 40)}-no-such-bucket` };
}

function targetOf(options: S3Options, key: string, user: string): ProbeTarget {
  const at = s3Place(options);
  return {
    s3: s3Client(options, IDLE, ATTEMPTS),
    garbled: garbledClient(options),
    anybody: anonymousClient(options),
    iam: new IAMClient(clientSettings(options, IDLE, ATTEMPTS)),
    bucket: at.bucket,
    createOnly: options.createOnly ?? true,
    key: at.directory + key,
    version: undefined,
    user,
    accessKeyId: options.credentials.accessKeyId,
  };
}

/**
 * Codes of Amazon and Ceph for requests whose credentials are wrong. They do not show what the user may do.
 */
const OURSELVES = [
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "ExpiredToken",
  "InvalidToken",
  "RequestTimeTooSkewed",
  "AuthorizationHeaderMalformed",
];

/**
 * Returns the outcome of a request, with the server's answer.
 *
 * @param failure Error that is thrown if the answer proves nothing.
 */
async function outcome(
  call: Promise<unknown>,
  wanted: Attempt["wanted"],
  failure: (error: unknown) => Error,
): Promise<Pick<Attempt, "found" | "answer">> {
  try {
    const given = await call;
    return { found: given === KEPT ? "kept" : "allowed", answer: "200" };
  } catch (error) {
    const { name, $metadata } = error as Error & {
      readonly $metadata?: { readonly httpStatusCode?: number };
    };
    const status = $metadata?.httpStatusCode;
    if (status === undefined || OURSELVES.includes(name)) throw failure(error);
    const found = meaning(status, name);
    if (found === undefined || (wanted === "allowed" && found !== "refused")) throw failure(error);
    // The SDK calls an answer without a code "Unknown".
    const code = /^\w{1,60}$/.test(name) && name !== "Unknown" ? ` ${name}` : "";
    return { found, answer: `${status}${code}` };
  }
}

/**
 * Returns the outcome that an error means; undefined if it proves nothing. A request that is refused for its
 * content was not refused for its sender.
 */
function meaning(status: number, code: string): Outcome | undefined {
  if (code === "InvalidObjectState") return "allowed"; // refused only because the object is not archived
  if (status === 401 || status === 403) return "refused";
  if (status === 405 || status === 501) return "lacking";
  // A user who may list gets "not found" for a missing object, even without other permissions.
  const missing = ["NoSuchKey", "NoSuchBucket", "NotImplemented"].includes(code);
  if (status < 400 || missing) return "lacking";
  return status >= 500 ? undefined : "allowed";
}

function anonymousClient(options: S3Options): S3Client {
  const signer = { sign: <T>(request: T): Promise<T> => Promise.resolve(request) };
  return new S3Client({
    ...clientSettings(options, IDLE, ATTEMPTS),
    forcePathStyle: options.endpoint !== undefined,
    signer,
  });
}

/** Returns a client that replaces the body of each request before it is signed. */
function garbledClient(options: S3Options): S3Client {
  const client = s3Client(options, IDLE, ATTEMPTS);
  client.middlewareStack.add((next) => (args) => {
    (args.request as { body: unknown }).body = "nightdrop-audit";
    return next(args);
  }, { step: "build", priority: "high" });
  return client;
}
