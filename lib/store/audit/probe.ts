import type { IAMClient } from "@aws-sdk/client-iam";
import type { S3Client } from "@aws-sdk/client-s3";

/** Clients and names that probes use. */
export interface ProbeTarget {
  /** Client with the host's own credentials. */
  readonly s3: S3Client;
  /** Client with the host's own credentials, whose requests have a malformed body. */
  readonly garbled: S3Client;
  /** Client with the host's own credentials, for users and policies. */
  readonly iam: IAMClient;
  /** Client without credentials. */
  readonly anybody: S3Client;
  readonly bucket: string;
  /** Whether puts have the condition that no object of the name exists. */
  readonly createOnly: boolean;
  /** Key of the one object that the audit stores. */
  readonly key: string;
  /** Version of this object, where the bucket keeps versions; known once it is stored. */
  version: string | undefined;
  /** Name of the host's user at the provider. */
  readonly user: string;
  readonly accessKeyId: string;
}

/**
 * Request that an intruder with the host's credentials would try. It does no harm even where it is allowed.
 */
export interface Probe {
  /** Action in words: `list the bucket`. */
  readonly name: string;
  /** Permission to remove, and the policy to remove it from, if the request is allowed. */
  readonly remedy: string;
  /**
   * Sends the request. It is allowed if the promise resolves, or if the server answers with 400, 404 or 409.
   */
  readonly call: (target: ProbeTarget) => Promise<unknown>;
}

/** Result of a probe that was allowed but did no harm. */
export const KEPT: unique symbol = Symbol("the first version stays");

/** Returns the remedy of most probes: the action that the policy of the host's user must not allow. */
export function withoutAction(action: string): string {
  return `Remove ${action} from the policy of the host's user: it needs only s3:PutObject`;
}

/**
 * Returns an error to throw for a successful answer which says that something was refused or is not
 * supported.
 */
export function answer(status: number, name: string): Error {
  return Object.assign(new Error(), { name, $metadata: { httpStatusCode: status } });
}
