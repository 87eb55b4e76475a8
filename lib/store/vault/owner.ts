import { IAMClient } from "@aws-sdk/client-iam";
import type { S3Client } from "@aws-sdk/client-s3";
import { clientSettings, s3Client } from "../s3/client.ts";
import { IDLE, type S3Options } from "../s3/options.ts";

const ATTEMPTS = 6;

/** The owner's hands: administrator credentials at one provider. No host ever holds it. */
export interface Owner {
  /** Buckets and what belongs to them. */
  readonly s3: S3Client;
  /** Users, policies and keys. */
  readonly iam: IAMClient;
  /** Lets go of sockets. */
  close(): void;
}

/** Where the owner works, and as whom. */
export type OwnerOptions = Pick<S3Options, "region" | "endpoint" | "credentials" | "proxies">;

/**
 * Opens the clients of an owner. Amazon's IAM has an address of its own; other servers answer at the one endpoint.
 * Both try again what may pass: a fleet's requests run into Amazon's limits.
 */
export function openOwner(options: OwnerOptions): Owner {
  const s3 = s3Client(options, IDLE, ATTEMPTS);
  const iam = new IAMClient(clientSettings(options, IDLE, ATTEMPTS));
  return {
    s3,
    iam,
    close(): void {
      s3.destroy();
      iam.destroy();
    },
  };
}
