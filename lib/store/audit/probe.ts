import type { IAMClient } from "@aws-sdk/client-iam";
import type { S3Client } from "@aws-sdk/client-s3";

/** What the probes have at hand. */
export interface ProbeTarget {
  /** With the host's own credentials. */
  readonly s3: S3Client;
  /** The same, but what it sends no server can read. */
  readonly garbled: S3Client;
  /** The same, for users and policies. */
  readonly iam: IAMClient;
  /** With no credentials at all. */
  readonly anybody: S3Client;
  readonly bucket: string;
  /** The one object that the audit stores. */
  readonly key: string;
  /** Its version, where the bucket keeps versions: known once it is stored. */
  version: string | undefined;
  /** The name of the host's user at the provider. */
  readonly user: string;
  readonly accessKeyId: string;
}

/** One thing that an intruder with the host's credentials would try. It does no harm even where it is allowed. */
export interface Probe {
  /** In words: `list the bucket`. */
  readonly name: string;
  /** What to remove from which policy if it is allowed. */
  readonly remedy: string;
  /** Resolves, or is refused with 400, 404 or 409, where it is allowed. */
  readonly call: (target: ProbeTarget) => Promise<unknown>;
}

/** The remedy for most of it: an action that the host's policy must not allow. */
export function withoutAction(action: string): string {
  return `Remove ${action} from the policy of the host's user: it needs only s3:PutObject`;
}

/** Stands for a successful answer that says that something was refused or is not supported. */
export function answer(status: number, name: string): Error {
  return Object.assign(new Error(), { name, $metadata: { httpStatusCode: status } });
}
