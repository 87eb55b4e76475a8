import { Failure } from "../../model/failure.ts";
import { printable, printablePath } from "../../model/printable.ts";
import { StoreError } from "../contract.ts";
import { networkFinding } from "../s3/network_errors.ts";

/** Error of the SDK, reduced to what is used here. */
interface Thrown extends Error {
  readonly Code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/**
 * Codes of S3 and IAM for something that does not exist. `NotFound` is the answer to a HEAD, and that of
 * Ceph's IAM.
 */
const ABSENT: readonly string[] = [
  "NotFound",
  "NoSuchBucket",
  "NoSuchBucketPolicy",
  "NoSuchEntity",
  "NoSuchEntityException",
  "NoSuchLifecycleConfiguration",
  "NoSuchPublicAccessBlockConfiguration",
  "NoSuchTagSet",
  "NoSuchTagSetError",
  "ObjectLockConfigurationNotFoundError",
  "OwnershipControlsNotFoundError",
  "ReplicationConfigurationNotFoundError",
  "ServerSideEncryptionConfigurationNotFoundError",
];

/** Maximum number of characters of a message of a server that are shown. */
const MAX_MESSAGE = 1000;

/** Hints for limits of an account: "Quotas" of S3 and IAM, and Ceph's `max_buckets`. */
const LIMITS: ReadonlyMap<string, string> = new Map(Object.entries({
  TooManyBuckets:
    "The account has reached its limit of buckets: raise it (Amazon: Service Quotas; Ceph: radosgw-admin " +
    "user modify --max-buckets, which removes the policies of the user), or let hosts share one, each with its own store.prefix",
  LimitExceeded: "The account has reached its limit: raise it (Service Quotas)",
}));

/** Returns the result of a call; undefined if what it asks for does not exist. */
export async function unlessAbsent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Whether a call failed because what it is about does not exist. */
function isAbsent(error: unknown): boolean {
  return ABSENT.includes(providerCodeOf(error));
}

/** Whether a call failed because the server does not support it. */
export function isUnknownThere(error: unknown): boolean {
  return [405, 501].includes(statusOf(error) ?? 0) ||
    (statusOf(error) === 400 &&
      ["InvalidArgument", "MalformedXML", "NotImplemented"].includes(providerCodeOf(error)));
}

/** Returns the `Code` of an error document, or the name that the SDK gives the error. */
export function providerCodeOf(error: unknown): string {
  const { name, Code } = (error ?? {}) as Thrown;
  return typeof Code === "string" && Code !== "" ? Code : String(name);
}

/** Returns the status of the answer; undefined if there was none. */
export function statusOf(error: unknown): number | undefined {
  return (error as Thrown | null)?.$metadata?.httpStatusCode;
}

/**
 * Returns the error for what the SDK threw at the owner, who may read everything that the server says.
 *
 * @param what Object of the call and the setting: `s3://web1-backups: lifecycle`.
 */
export function ownerError(thrown: unknown, what: string): Error {
  if (!(thrown instanceof Error) || thrown instanceof Failure) return thrown as Error;
  const status = statusOf(thrown);
  const network = status === undefined ? networkFinding(thrown) : undefined;
  if (network !== undefined) {
    return new StoreError(network[0], `${what}: ${network[1]}`, { hint: network[2] });
  }
  if (status !== undefined && status < 300) {
    return new StoreError("failed", `${what}: the server's answer cannot be understood`);
  }
  const code = providerCodeOf(thrown);
  // The SDK calls an answer without a message "UnknownError".
  const message = thrown.message === "UnknownError"
    ? ""
    : `: ${printable(thrown.message.slice(0, MAX_MESSAGE))}`;
  const said = `${status ?? ""} ${printablePath(code)}${message}`.trim();
  if (status !== 401 && status !== 403) {
    return new StoreError("failed", `${what}: the server refused (${said})`, { hint: LIMITS.get(code) });
  }
  return new StoreError("denied", `${what}: these credentials are not allowed to (${said})`, {
    hint: "Set administrator credentials in NIGHTDROP_OWNER_… or AWS_…, or use --owner-credentials",
  });
}
