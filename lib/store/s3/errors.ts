import { StoreError } from "../contract.ts";
import { AnswerTooLarge } from "./answer_limit.ts";
import { type ErrorDescription, networkFinding } from "./network_errors.ts";
import type { S3Place } from "./options.ts";

/** Request that an error is about. */
export type S3Operation =
  | "put"
  | "get"
  | "get version"
  | "list"
  | "list versions"
  | "expiry"
  | "remove"
  | "copy";

const NO_BUCKET: ErrorDescription = [
  "setup",
  "there is no such bucket",
  "Make the bucket, or correct bucket and endpoint in the config",
];
const NO_OBJECT: ErrorDescription = ["missing", "there is no such object"];
const EXISTS: ErrorDescription = ["exists", "an object of that name is already stored"];
const CONFLICT: ErrorDescription = ["busy", "another request for the same object is under way"];
const BUSY: ErrorDescription = ["busy", "the server is busy or out of order"];
const SLOW: ErrorDescription = ["timeout", "the server waited too long for the data"];
const CORRUPTED: ErrorDescription = ["corrupted", "the bytes arrived other than they were sent"];
const TOO_LARGE: ErrorDescription = [
  "failed",
  "the server does not take so large an object",
  "Set a smaller partSize",
];
const FULL: ErrorDescription = [
  "failed",
  "the bucket or the account is full",
  "Raise the quota, or free some space",
];
const DISABLED: ErrorDescription = [
  "denied",
  "the provider has disabled the account or the bucket",
  "Ask the provider",
];
const EXPIRED: ErrorDescription = [
  "credentials",
  "the session token has expired",
  "Get new temporary credentials, or use an access key without a session token",
];
const NOT_S3: ErrorDescription = [
  "unreachable",
  "its answer is not that of an S3 server",
  "Check endpoint in the config, and whether something stands before the server, such as a login page",
];
const NO_VERSIONS: ErrorDescription = ["denied", "the server cannot list versions"];
const NO_CONDITIONS: ErrorDescription = [
  "setup",
  "the server does not know a part of the request",
  "nightdrop needs conditional writes (If-None-Match on PUT): use a server that has them, or turn the versioning of the " +
  "bucket on and set store.createOnly to false",
];

/**
 * Meaning of the `Code` of an error document: "Error responses" in Amazon's API reference, and codes of other
 * servers.
 */
const CODES: ReadonlyMap<string, ErrorDescription> = new Map(Object.entries<ErrorDescription>({
  InvalidAccessKeyId: [
    "credentials",
    "the access key ID is not known there",
    "Check the access key ID, that it is active, and that it is for this server",
  ],
  SignatureDoesNotMatch: [
    "credentials",
    "the secret access key does not fit the access key ID",
    "Check the secret access key: all of its characters and no others",
  ],
  ExpiredToken: EXPIRED,
  TokenRefreshRequired: EXPIRED,
  InvalidToken: ["credentials", "the session token is not valid", "Get new temporary credentials"],
  AccountProblem: DISABLED,
  AllAccessDisabled: DISABLED,
  UserSuspended: DISABLED,
  NoSuchBucket: NO_BUCKET,
  InvalidBucketName: ["setup", "that cannot be the name of a bucket", "Correct bucket in the config"],
  InvalidStorageClass: [
    "setup",
    "the server has no such storage class",
    "Correct storageClass in the config",
  ],
  NotImplemented: NO_CONDITIONS,
  NoSuchKey: NO_OBJECT,
  NoSuchVersion: NO_OBJECT,
  NoSuchUpload: ["missing", "there is no such upload any more", "Upload the file again"],
  InvalidObjectState: [
    "failed",
    "the object is archived",
    "Have the provider restore it first (RestoreObject)",
  ],
  PreconditionFailed: EXISTS,
  ConditionalRequestConflict: CONFLICT,
  OperationAborted: CONFLICT,
  SlowDown: BUSY,
  ServiceUnavailable: BUSY,
  InternalError: BUSY,
  RequestTimeout: SLOW,
  BadDigest: CORRUPTED,
  IncompleteBody: CORRUPTED,
  XAmzContentSHA256Mismatch: CORRUPTED,
  XAmzContentChecksumMismatch: CORRUPTED,
  EntityTooLarge: TOO_LARGE,
  QuotaExceeded: FULL,
  XMinioStorageFull: FULL,
}));

/** Meaning of a status, if no code is known. */
const STATUS: Readonly<Record<number, ErrorDescription>> = {
  401: ["credentials", "the server wants other credentials", "Check the credentials and the endpoint"],
  407: [
    "setup",
    "the proxy needs a user name and a password",
    "Write them into HTTP_PROXY: http://USER:PASSWORD@HOST:PORT",
  ],
  408: SLOW,
  409: CONFLICT,
  412: EXISTS,
  413: TOO_LARGE,
  429: BUSY,
  501: NO_CONDITIONS,
  507: FULL,
};

const WRONG_REGION = [
  "PermanentRedirect",
  "TemporaryRedirect",
  "Redirect",
  "AuthorizationHeaderMalformed",
  "IllegalLocationConstraintException",
];

/** Error of the SDK, reduced to what is used here. */
interface Thrown extends Error {
  readonly Region?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> };
}

/**
 * Returns the {@link StoreError} for an error of the SDK.
 *
 * It contains nothing that the server wrote except the error's code, and no `cause`: Amazon's "Access denied"
 * contains the name of the object, which must not appear in the log of a host. Errors of the reader are the
 * same; their caller knows the name.
 */
export function s3Error(thrown: unknown, at: S3Place, operation: S3Operation): StoreError {
  if (thrown instanceof StoreError) return thrown;
  if (thrown instanceof AnswerTooLarge) return notS3(at);
  if (!(thrown instanceof Error)) {
    return new StoreError("failed", `${at.label}: ${String(thrown)}`);
  }
  const [kind, message, hint] = answerFinding(thrown, at, operation) ?? networkFinding(thrown) ??
    ["failed", `an error that nightdrop does not know (${codeOf(thrown)})`];
  return new StoreError(kind, `${at.label}: ${message}`, { hint });
}

/**
 * Returns the {@link StoreError} for a 200 without the headers of an S3 server. Another program has answered:
 * a login page, or a faulty load balancer.
 */
export function notS3(at: S3Place): StoreError {
  const [kind, message, hint] = NOT_S3;
  return new StoreError(kind, `${at.label}: ${message}`, { hint });
}

/** Returns the {@link StoreError} for an answer with another digest than that of the bytes that were sent. */
export function otherBytes(at: S3Place): StoreError {
  const [kind, message] = CORRUPTED;
  return new StoreError(kind, `${at.label}: ${message}`);
}

function answerFinding(error: Thrown, at: S3Place, operation: S3Operation): ErrorDescription | undefined {
  const status = error.$metadata?.httpStatusCode ?? error.$response?.statusCode;
  if (status === undefined) return undefined;
  const redirected = status >= 300 && status < 400;
  if (redirected || WRONG_REGION.includes(error.name)) return regionFinding(error, at);
  if (error.name === "RequestTimeTooSkewed") return clockFinding(error);
  if (operation === "list versions" && [405, 501].includes(status)) return NO_VERSIONS;
  const known = CODES.get(error.name) ?? STATUS[status];
  if (known !== undefined) return known;
  if (status === 403) return deniedFinding(at, operation);
  if (status === 404) return operation.startsWith("get") ? NO_OBJECT : NO_BUCKET;
  if (status >= 500) return BUSY;
  if (status < 300) return NOT_S3;
  return ["failed", `the server refused (${status} ${codeOf(error)})`];
}

function regionFinding(error: Thrown, at: S3Place): ErrorDescription {
  const reported = error.$response?.headers?.["x-amz-bucket-region"] ?? error.Region;
  if (typeof reported !== "string" || !/^[a-z0-9-]{1,40}$/.test(reported) || reported === at.region) {
    return [
      "setup",
      `the bucket is not in ${at.region}`,
      "Correct region and endpoint in the config",
    ];
  }
  return [
    "setup",
    `the bucket lies in ${reported}, not in ${at.region}`,
    `Set region to "${reported}" in the config`,
  ];
}

function clockFinding(error: Thrown): ErrorDescription {
  const away = Date.now() - Date.parse(error.$response?.headers?.date ?? "");
  const minutes = Math.round(Math.abs(away) / 60_000);
  const far = Number.isNaN(minutes) ? "too far off" : `${minutes} minutes ${away < 0 ? "slow" : "fast"}`;
  return ["clock", `this machine's clock is ${far}`, "Set the clock, and have it kept right by NTP"];
}

function deniedFinding({ bucket, directory, temporary }: S3Place, operation: S3Operation): ErrorDescription {
  const objects = `arn:aws:s3:::${bucket}/${directory}*`;
  const [verb, allow] = {
    remove: ["remove objects", `s3:DeleteObject and s3:DeleteObjectVersion on ${objects}`],
    put: ["store", `s3:PutObject on ${objects}`],
    copy: ["copy", `s3:PutObject on ${objects}, and s3:GetObject and s3:GetObjectVersion on what is copied`],
    get: ["read", `s3:GetObject on ${objects}`],
    "get version": ["read older versions", `s3:GetObjectVersion on ${objects}`],
    list: ["list", `s3:ListBucket on arn:aws:s3:::${bucket}`],
    "list versions": ["list versions", `s3:ListBucketVersions on arn:aws:s3:::${bucket}`],
    expiry: ["see the bucket's expiry", `s3:GetLifecycleConfiguration on arn:aws:s3:::${bucket}`],
  }[operation];
  // Ceph's gateway 16.2 says the same when a session token has expired.
  const expired = temporary ? "; or the session token has expired: get new temporary credentials" : "";
  return ["denied", `these credentials may not ${verb} there`, `Their policy must allow ${allow}${expired}`];
}

/** Returns the code of an error if it has the form of one: a server can write anything there. */
function codeOf(error: Error): string {
  const { code } = error as { code?: unknown };
  const text = typeof code === "string" ? code : error.name;
  return /^[A-Za-z0-9_.]{1,60}$/.test(text) ? text : "no code";
}
