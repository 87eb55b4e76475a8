import { Failure } from "../../model/failure.ts";
import { printable } from "../../model/printable.ts";
import { StoreError } from "../contract.ts";
import { networkFinding } from "../s3/network_errors.ts";

/** What the SDK throws, as far as it is of interest here. */
interface Thrown extends Error {
  readonly Code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** By their code in S3's and IAM's references; `NotFound` is what a HEAD and Ceph's IAM say. */
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
  "ServerSideEncryptionConfigurationNotFoundError",
];

/** What to do where an account has as many as it may: "Quotas" of S3 and IAM, and Ceph's `max_buckets`. */
const LIMITS: Readonly<Record<string, string>> = {
  TooManyBuckets:
    "The account has reached its limit of buckets: raise it (Amazon: Service Quotas; Ceph: radosgw-admin " +
    "user modify --max-buckets), or let hosts share one, each with its own store.prefix",
  LimitExceeded: "The account has reached its limit: raise it (Service Quotas)",
};

/** What a call gives, or undefined where what it asks for is not there. */
export async function unlessAbsent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Whether a call was refused because what it is about is not there. */
function isAbsent(error: unknown): boolean {
  return ABSENT.includes(providerCodeOf(error));
}

/** Whether a call was refused because the server has no such thing at all. */
export function isUnknownThere(error: unknown): boolean {
  return [405, 501].includes(statusOf(error) ?? 0) ||
    (statusOf(error) === 400 &&
      ["InvalidArgument", "MalformedXML", "NotImplemented"].includes(providerCodeOf(error)));
}

/** The `Code` of an error document, or the name that the SDK gives it. */
export function providerCodeOf(error: unknown): string {
  const { name, Code } = (error ?? {}) as Thrown;
  return typeof Code === "string" && Code !== "" ? Code : String(name);
}

/** The status of the answer, if there was one. */
export function statusOf(error: unknown): number | undefined {
  return (error as Thrown | null)?.$metadata?.httpStatusCode;
}

/**
 * The {@link StoreError} for what the SDK threw at the owner, who may read all that the server says.
 *
 * @param what What was being done, to what: `s3://web1-backups: lifecycle`.
 */
export function ownerError(thrown: unknown, what: string): Error {
  if (!(thrown instanceof Error) || thrown instanceof Failure) return thrown as Error;
  const status = statusOf(thrown);
  const network = status === undefined ? networkFinding(thrown) : undefined;
  if (network !== undefined) {
    return new StoreError(network[0], `${what}: ${network[1]}`, { hint: network[2] });
  }
  const code = providerCodeOf(thrown);
  // "UnknownError" is the SDK's word for an answer without a message.
  const message = thrown.message === "UnknownError" ? "" : `: ${printable(thrown.message)}`;
  const said = `${status ?? ""} ${code}${message}`.trim();
  if (status !== 401 && status !== 403) {
    return new StoreError("failed", `${what}: the server refused (${said})`, { hint: LIMITS[code] });
  }
  return new StoreError("denied", `${what}: these credentials are not allowed to (${said})`, {
    hint: "Set administrator credentials in NIGHTDROP_OWNER_… or AWS_…, or use --owner-credentials",
  });
}
