import { IAMClient } from "@aws-sdk/client-iam";
import type { S3Client } from "@aws-sdk/client-s3";
import { clientSettings, s3Client } from "../s3/client.ts";
import { IDLE, type S3Options } from "../s3/options.ts";

const ATTEMPTS = 6;

/** Clients with the credentials of the owner, who administers one provider. Hosts never have them. */
export interface Owner {
  /** Client for buckets and their settings. */
  readonly s3: S3Client;
  /** Client for users, policies and keys. */
  readonly iam: IAMClient;
  /** Opens a client for the same provider with the credentials of a host. Who calls it closes the client. */
  asHost(credentials: S3Options["credentials"]): S3Client;
  /** Closes sockets. */
  close(): void;
}

/** Provider and credentials of an owner. */
export type OwnerOptions = Pick<S3Options, "region" | "endpoint" | "credentials" | "proxies">;

/**
 * Opens the clients of an owner. Amazon's IAM has an address of its own; other servers have one endpoint.
 * Both clients retry temporary errors: the requests for a fleet exceed Amazon's rate limits.
 */
export function openOwner(options: OwnerOptions): Owner {
  const s3 = s3Client(options, IDLE, ATTEMPTS);
  const iam = new IAMClient(clientSettings(options, IDLE, ATTEMPTS));
  return {
    s3,
    iam,
    asHost: (credentials) => s3Client({ ...options, credentials }, IDLE, ATTEMPTS),
    close(): void {
      s3.destroy();
      iam.destroy();
    },
  };
}
