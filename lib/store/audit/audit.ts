/** What a host's credentials can do, found out by trying. */
import { IAMClient } from "@aws-sdk/client-iam";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { StoreError } from "../contract.ts";
import { clientSettings, s3Client } from "../s3/client.ts";
import { s3Error } from "../s3/errors.ts";
import { IDLE, type S3Options, s3Place } from "../s3/options.ts";
import { ANYBODY, LISTING } from "./bucket_probes.ts";
import { RECONFIGURING } from "./changing_probes.ts";
import { foreignProbes, type Neighbour } from "./foreign_probes.ts";
import { COPYING } from "./copy_probes.ts";
import { CHANGING, DELETING, READING } from "./object_probes.ts";
import type { Probe, ProbeTarget } from "./probe.ts";
import { SETTINGS } from "./settings_probes.ts";
import { USERS } from "./user_probes.ts";

/**
 * What came of an attempt. `kept`: it was allowed and did no harm, because the first version stays. `lacking`: the
 * server has no such thing, or there is no such bucket or object.
 */
export type Outcome = "allowed" | "refused" | "kept" | "lacking";

/** One attempt. */
export interface Attempt {
  /** What was tried, in words. */
  readonly name: string;
  /** What a host should get. */
  readonly wanted: "allowed" | "refused";
  /** What came of it. */
  readonly found: Outcome;
  /** What the server said: status and code. */
  readonly answer: string;
  /** What to do where the two differ. */
  readonly remedy: string;
}

const ATTEMPTS = 5;

/** What an audit aims at. */
export interface Aim {
  /** Where to put the one object, below the place's directory. */
  readonly key: string;
  /** The name of the host's user at the provider. */
  readonly user: string;
  /** Other hosts. */
  readonly neighbours: readonly Neighbour[];
}

/**
 * Tries what an intruder with these credentials would: one small object is stored, and everything else is aimed at
 * it or cannot succeed. What it stores stays: the host cannot delete it.
 *
 * @param options Credentials of the host, and its bucket.
 * @throws {StoreError} if the server cannot be asked: network, wrong keys, clock.
 */
export async function* attempts(
  options: S3Options,
  { key, user, neighbours }: Aim,
): AsyncGenerator<Attempt> {
  const target = targetOf(options, key, user);
  const failure = (error: unknown): StoreError => s3Error(error, s3Place(options), "put");
  const report = async (probe: Probe, wanted: Attempt["wanted"] = "refused"): Promise<Attempt> => {
    const { name, remedy } = probe;
    return { name, remedy, wanted, ...await outcome(probe.call(target), wanted, failure) };
  };
  try {
    yield await report(PUT, "allowed");
    yield await report(OVERWRITE);
    const foreign = neighbours.flatMap(foreignProbes);
    const all = [
      READING,
      COPYING,
      LISTING,
      CHANGING,
      SETTINGS,
      RECONFIGURING,
      foreign,
      USERS,
      ANYBODY,
      DELETING,
    ];
    for (const probe of all.flat()) yield await report(probe);
  } finally {
    for (const client of [target.s3, target.garbled, target.anybody, target.iam]) client.destroy();
  }
}

function targetOf(options: S3Options, key: string, user: string): ProbeTarget {
  const at = s3Place(options);
  return {
    s3: s3Client(options, IDLE, ATTEMPTS),
    garbled: garbledClient(options),
    anybody: anonymousClient(options),
    iam: new IAMClient(clientSettings(options, IDLE, ATTEMPTS)),
    bucket: at.bucket,
    key: at.directory + key,
    version: undefined,
    user,
    accessKeyId: options.credentials.accessKeyId,
  };
}

const TEXT = new TextEncoder().encode(
  "A nightdrop audit was here. It needs no name and no deletion: it expires.\n",
);

const PUT: Probe = {
  name: "put a new object",
  remedy: "Allow s3:PutObject on the host's objects",
  call: async (target) => {
    const object = { Bucket: target.bucket, Key: target.key, Body: TEXT, IfNoneMatch: "*" };
    const { VersionId } = await target.s3.send(new PutObjectCommand(object));
    target.version = VersionId;
  },
};

const OVERWRITE: Probe = {
  name: "overwrite an object",
  remedy: "Turn the bucket's versioning on, or refuse puts without If-None-Match in its policy",
  call: async ({ s3, bucket: Bucket, key: Key }) => {
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: TEXT }));
    return VersionId === undefined ? undefined : KEPT;
  },
};

/** What a probe gives that was allowed and did no harm. */
const KEPT = Symbol("the first version stays");

/** By Amazon's and Ceph's codes: who asks is wrong, and not what he may. */
const OURSELVES = [
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "ExpiredToken",
  "InvalidToken",
  "RequestTimeTooSkewed",
  "AuthorizationHeaderMalformed",
];

/** @param failure What to throw if the answer proves nothing. */
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
    // "Unknown" is the SDK's word for an answer without a code.
    const code = /^\w{1,60}$/.test(name) && name !== "Unknown" ? ` ${name}` : "";
    return { found, answer: `${status}${code}` };
  }
}

/** What a refusal means: a request that is refused for what is in it was not refused for who sent it. */
function meaning(status: number, code: string): Outcome | undefined {
  if (code === "InvalidObjectState") return "allowed"; // it is not archived: that is all that stands in the way
  if (status === 401 || status === 403) return "refused";
  if (status === 405 || status === 501) return "lacking";
  // A user who may list learns what is missing, even without other permissions.
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

/** One that replaces whatever it sends, before it is signed. */
function garbledClient(options: S3Options): S3Client {
  const client = s3Client(options, IDLE, ATTEMPTS);
  client.middlewareStack.add((next) => (args) => {
    (args.request as { body: unknown }).body = "nightdrop-audit";
    return next(args);
  }, { step: "build", priority: "high" });
  return client;
}
