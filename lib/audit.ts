import { resolveCredentials } from "./config/credentials.ts";
import type { CredentialsReference, Host, S3Store } from "./config/types.ts";
import { Misuse } from "./model/failure.ts";
import { newSnapshotId } from "./model/snapshot.ts";
import type { Attempt, Outcome } from "./store/audit/audit.ts";
import type { Environment } from "./stores.ts";

export type { Attempt, Outcome };

/** Buckets of other hosts that are tried: each has the same policy, so a few tell. */
const OTHERS = 3;

/** What an audit was about. */
export interface AuditResult {
  /** Whose credentials. */
  readonly host: string;
  /** The one object that was stored, in the host's folder. It expires like all others. */
  readonly object: string;
  /** Things that were tried. */
  readonly attempts: number;
  /** Those that came out other than wanted. */
  readonly wrong: number;
}

/** What an audit needs to know. */
export interface AuditRequest {
  /** The host. */
  readonly host: Host;
  /** The other hosts of the config: their buckets are tried as well. */
  readonly others: Iterable<Host>;
  /** The host's credentials, where they are not where its config has them. */
  readonly credentials?: CredentialsReference | undefined;
}

/**
 * Tries, with a host's own credentials, what an intruder would try, and holds the answers to what a host needs: to put
 * new objects, and nothing else. What is tried does no harm where it is allowed; one small object stays.
 *
 * @param tell told of each attempt.
 * @throws {Misuse} when the host's store is no bucket, or there are no credentials; {@link StoreError} when the
 *   server cannot be asked.
 */
export async function audit(
  { host, others, credentials }: AuditRequest,
  env: Environment,
  tell: (attempt: Attempt) => void,
  now: Date,
): Promise<AuditResult> {
  const store = bucketOf(host);
  const options = { ...store, credentials: resolveCredentials(credentials ?? store.credentials, { env }) };
  // A dot begins no name of a stored object, so no reader ever takes it for one.
  const object = `${host.name}/.nightdrop-audit/${newSnapshotId(now)}`;
  // The SDK takes a while to load: only those who use it pay for it.
  const { attempts } = await import("./store/audit/audit.ts");
  const result = { host: host.name, object, attempts: 0, wrong: 0 };
  for await (const attempt of attempts(options, object, otherBuckets(store, others))) {
    result.attempts += 1;
    if (!isAsWanted(attempt)) result.wrong += 1;
    tell(attempt);
  }
  return result;
}

/** Whether an attempt came out well for the owner. */
export function isAsWanted({ wanted, found }: Attempt): boolean {
  return found === wanted || found === "kept" || found === "lacking";
}

function bucketOf({ name, store }: Host): S3Store {
  if (store.kind === "s3") return store;
  throw new Misuse(`The store of ${name} is a folder, and who may do what there is for the system to say`, {
    hint: "audit is for hosts with a bucket",
  });
}

function otherBuckets(own: S3Store, hosts: Iterable<Host>): string[] {
  const buckets = new Set<string>();
  for (const { store } of hosts) {
    if (store.kind !== "s3" || store.bucket === own.bucket) continue;
    if (store.endpoint === own.endpoint && store.region === own.region) buckets.add(store.bucket);
  }
  return [...buckets].slice(0, OTHERS);
}
