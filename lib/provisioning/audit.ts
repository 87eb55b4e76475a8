import { resolveCredentials } from "../config/credentials.ts";
import type { CredentialsReference, Host, S3Store } from "../config/types.ts";
import { type Drift, drifts } from "./drift.ts";
import { replicaDrifts } from "./replicate.ts";
import { Misuse } from "../model/failure.ts";
import { newSnapshotId } from "../model/snapshot.ts";
import { type OwnerClients, userName } from "./owner_clients.ts";
import type { Attempt, Outcome } from "../store/audit/prober.ts";
import type { Neighbour } from "../store/audit/foreign_probes.ts";
import { keyPrefix } from "../store/key_prefix.ts";
import { proxiesOf } from "../store/s3/proxies.ts";
import type { Environment } from "../app/stores.ts";

export type { Attempt, Drift, Outcome };

/** Maximum number of other hosts that are tried. All have the same policy, so a few are enough. */
const NEIGHBOURS = 3;

/** Result of an audit. */
export interface AuditResult {
  /** Host whose credentials were tested. */
  readonly host: string;
  /** Name of the test object that was stored in the host's directory. It expires like the backups. */
  readonly object: string;
  /** Number of attempts. */
  readonly attempts: number;
  /** Number of attempts with a wrong result. */
  readonly wrong: number;
  /** Number of settings that differ from the config; undefined if they were not compared. */
  readonly drifts: number | undefined;
  /** Number of those settings that weaken the protection. */
  readonly broken: number;
}

/** Options of {@link audit}. */
export interface AuditRequest {
  /** Host to audit. */
  readonly host: Host;
  /** Other hosts of the config, whose objects are tried too. */
  readonly others: readonly Host[];
  /** Location of the host's credentials. Default: that of its config. */
  readonly credentials?: CredentialsReference | undefined;
  /** Clients with the owner's credentials, to compare the settings with the config. Default: no comparison. */
  readonly owners?: OwnerClients | undefined;
  /** Name of the host's user; `{host}` is replaced by the host's name. */
  readonly user: string;
  /** Returns the settings that differ from the config. Default: those of the host's vault, and of its replication. */
  readonly compare?: ((owners: OwnerClients) => Promise<Drift[]>) | undefined;
}

/** Callbacks for the results of an audit. */
export interface AuditReporter {
  /** Called after each attempt. */
  attempt(attempt: Attempt): void;
  /** Called for each setting that differs from the config. */
  drift(drift: Drift): void;
}

/**
 * Tries with a host's credentials what an intruder would try, and checks that the host can put new objects and nothing
 * else. No attempt does harm if it is allowed; one small object is stored. Then, with the owner's credentials, compares
 * the settings of the bucket and of the host's user with the config.
 *
 * @throws {Misuse} if the host's store is not a bucket, or credentials are missing.
 * @throws {StoreError} if the server cannot be reached.
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
  // Names of stored objects never start with a dot, so readers ignore this object.
  const object = `${host.name}/.nightdrop-audit/${newSnapshotId(now)}`;
  const aim = {
    key: object,
    user: userName(user, host.name),
    earlier: await earlierObject(request, store),
    neighbours: await neighbours(request, store),
  };
  // The SDK is slow to load, so it is loaded only when it is used.
  const { attempts } = await import("../store/audit/audit.ts");
  const count = { attempts: 0, wrong: 0, drifts: 0, broken: 0 };
  for await (const attempt of attempts(options, aim)) {
    count.attempts += 1;
    if (!isAsWanted(attempt)) count.wrong += 1;
    reported.attempt(attempt);
  }
  for (const drift of owners === undefined ? [] : await driftsOf(request, owners)) {
    count.drifts += 1;
    if (drift.broken) count.broken += 1;
    reported.drift(drift);
  }
  return { host: host.name, object, ...count, drifts: owners && count.drifts };
}

async function driftsOf(
  { host, others, user, compare }: AuditRequest,
  owners: OwnerClients,
): Promise<Drift[]> {
  if (compare !== undefined) return await compare(owners);
  return [...await drifts(host, owners, user), ...await replicaDrifts(host, others, owners)];
}

/** Returns whether an attempt has the expected result, did no harm, or is not supported by the provider. */
export function isAsWanted({ wanted, found }: Attempt): boolean {
  return found === wanted || found === "kept" || found === "lacking";
}

function bucketOf({ name, store }: Host): S3Store {
  if (store.kind === "s3") return store;
  throw new Misuse(
    `Cannot audit ${name}: its store is a directory, whose access the operating system controls`,
    {
      hint: "Audit a host with a bucket",
    },
  );
}

/** Returns the key of any object that the host has stored; undefined without the owner's clients. */
async function earlierObject({ host, owners }: AuditRequest, store: S3Store): Promise<string | undefined> {
  if (owners === undefined) return undefined;
  const { someObject } = await import("../store/vault/some_object.ts");
  const { bucket, directory } = placeOf(host.name, store);
  return await someObject(await owners.of(host), bucket, directory);
}

function placeOf(host: string, { bucket, prefix }: S3Store): Neighbour {
  return { host, bucket, directory: `${keyPrefix(prefix)}${host}/` };
}

/** Returns other hosts of the same provider, those in the same bucket first; with the owner's clients, an object of each. */
async function neighbours({ host, others, owners }: AuditRequest, own: S3Store): Promise<Neighbour[]> {
  const found = [...others].flatMap(({ name, store }): Neighbour[] => {
    if (name === host.name || store.kind !== "s3") return [];
    if (store.endpoint !== own.endpoint || store.region !== own.region) return [];
    return [placeOf(name, store)];
  });
  const near = found.sort((a, b) => Number(b.bucket === own.bucket) - Number(a.bucket === own.bucket));
  const few = near.slice(0, NEIGHBOURS);
  if (owners === undefined) return few;
  const { someObject } = await import("../store/vault/some_object.ts");
  const owner = await owners.of(host);
  return await Promise.all(
    few.map(async (it) => ({ ...it, object: await someObject(owner, it.bucket, it.directory) })),
  );
}
