import { resolveCredentials } from "../config/credentials.ts";
import type { CredentialsReference, Host, S3Store } from "../config/types.ts";
import { type Drift, drifts } from "./drift.ts";
import { Misuse } from "../model/failure.ts";
import { newSnapshotId } from "../model/snapshot.ts";
import { type OwnerClients, userName } from "./owner_clients.ts";
import type { Attempt, Outcome } from "../store/audit/audit.ts";
import type { Neighbour } from "../store/audit/foreign_probes.ts";
import { keyPrefix } from "../store/key_prefix.ts";
import { proxiesOf } from "../store/s3/proxies.ts";
import type { Environment } from "../app/stores.ts";

export type { Attempt, Drift, Outcome };

/** Other hosts that are tried: each has the same policy, so a few tell. */
const NEIGHBOURS = 3;

/** What an audit was about. */
export interface AuditResult {
  /** Whose credentials. */
  readonly host: string;
  /** The one object that was stored, in the host's directory. It expires like all others. */
  readonly object: string;
  /** Things that were tried. */
  readonly attempts: number;
  /** Those that came out other than wanted. */
  readonly wrong: number;
  /** Settings that are other than the config wants them; undefined where they were not looked at. */
  readonly drifts: number | undefined;
  /** Those among them that break a promise. */
  readonly broken: number;
}

/** What an audit needs to know. */
export interface AuditRequest {
  /** The host. */
  readonly host: Host;
  /** The other hosts of the config: their objects are tried as well. */
  readonly others: Iterable<Host>;
  /** The host's credentials, where they are not where its config has them. */
  readonly credentials?: CredentialsReference | undefined;
  /** The owner's hands, with which the settings are compared with the config. */
  readonly owners?: OwnerClients | undefined;
  /** The name of the host's user, in which `{host}` is replaced. */
  readonly user: string;
}

/** Told of each thing as it is found out. */
export interface AuditReporter {
  /** Something was tried. */
  attempt(attempt: Attempt): void;
  /** A setting is other than wanted. */
  drift(drift: Drift): void;
}

/**
 * Tries, with a host's own credentials, what an intruder would try, and holds the answers to what a host needs: to put
 * new objects, and nothing else. What is tried does no harm where it is allowed; one small object stays. Then, with
 * the owner's credentials, compares the settings of its bucket and its user with the config.
 *
 * @throws {Misuse} when the host's store is no bucket, or there are no credentials; {@link StoreError} when the
 *   server cannot be asked.
 */
export async function audit(
  request: AuditRequest,
  env: Environment,
  reported: AuditReporter,
  now: Date,
): Promise<AuditResult> {
  const { host, owners, user } = request;
  const store = bucketOf(host);
  const reference = request.credentials ?? store.credentials;
  const options = { ...store, credentials: resolveCredentials(reference, { env }), proxies: proxiesOf(env) };
  // A dot begins no name of a stored object, so no reader ever takes it for one.
  const object = `${host.name}/.nightdrop-audit/${newSnapshotId(now)}`;
  const aim = { key: object, user: userName(user, host.name), neighbours: await neighbours(request, store) };
  // The SDK takes a while to load: only those who use it pay for it.
  const { attempts } = await import("../store/audit/audit.ts");
  const count = { attempts: 0, wrong: 0, drifts: 0, broken: 0 };
  for await (const attempt of attempts(options, aim)) {
    count.attempts += 1;
    if (!isAsWanted(attempt)) count.wrong += 1;
    reported.attempt(attempt);
  }
  for (const drift of owners === undefined ? [] : await drifts(host, owners, user)) {
    count.drifts += 1;
    if (drift.broken) count.broken += 1;
    reported.drift(drift);
  }
  return { host: host.name, object, ...count, drifts: owners && count.drifts };
}

/** Whether an attempt came out well for the owner. */
export function isAsWanted({ wanted, found }: Attempt): boolean {
  return found === wanted || found === "kept" || found === "lacking";
}

function bucketOf({ name, store }: Host): S3Store {
  if (store.kind === "s3") return store;
  throw new Misuse(
    `The store of ${name} is a directory, and who may do what there is for the system to say`,
    {
      hint: "audit is for hosts with a bucket",
    },
  );
}

/** A few of the other hosts of the same provider, those in the same bucket first; with the owner's help, an object of each. */
async function neighbours({ host, others, owners }: AuditRequest, own: S3Store): Promise<Neighbour[]> {
  const found = [...others].flatMap(({ name, store }): Neighbour[] => {
    if (name === host.name || store.kind !== "s3") return [];
    if (store.endpoint !== own.endpoint || store.region !== own.region) return [];
    return [{ host: name, bucket: store.bucket, directory: `${keyPrefix(store.prefix)}${name}/` }];
  });
  const near = found.sort((a, b) => Number(b.bucket === own.bucket) - Number(a.bucket === own.bucket));
  const few = near.slice(0, NEIGHBOURS);
  if (owners === undefined) return few;
  const { someObject } = await import("../store/audit/foreign_probes.ts");
  const owner = await owners.of(host);
  return await Promise.all(few.map(async (it) => ({ ...it, object: await someObject(owner, it) })));
}
