/**
 * Amazon's replication of a host's objects to a mirror of the config: S3 copies each new object by itself.
 *
 * @module
 */
import type { Run } from "../app/events.ts";
import type { Host, Mirror, S3Store } from "../config/types.ts";
import { Misuse } from "../model/failure.ts";
import { MIRROR_DIRECTORY } from "../model/mirror_record.ts";
import { printable } from "../model/printable.ts";
import { keyPrefix } from "../store/key_prefix.ts";
import type { Owner } from "../store/vault/owner.ts";
import { partition } from "../store/vault/policy.ts";
import {
  describeReplication,
  type ReplicationDescription,
  type ReplicationRequest,
} from "../store/vault/replication_description.ts";
import type { Step } from "../store/vault/steps.ts";
import { type Drift, driftOf } from "./drift.ts";
import { bucketOf, type OwnerClients, USER_PATTERN, vaultRequest } from "./owner_clients.ts";

/** Options of {@link provisionReplica}. */
export interface ReplicaOptions {
  /** Whether to make the changes; if false, they are only planned. */
  readonly apply: boolean;
  /** Whether to remove the rule and its role instead. The copies stay. */
  readonly revoke?: boolean | undefined;
  /** Called after each step. */
  readonly each?: ((step: Step) => void) | undefined;
}

/** State of a replication, or changes of it. */
export interface ProvisionedReplica {
  /** Name of the host. */
  readonly host: string;
  /** Name of the mirror in the config. */
  readonly mirror: string;
  /** Bucket of the host. */
  readonly bucket: string;
  /** Bucket of the mirror. */
  readonly target: string;
  /** Name of the role that S3 takes on. */
  readonly role: string;
  /** Settings of the mirror's bucket, the role and the replication; with `revoke` that rule and role are gone. */
  readonly steps: readonly Step[];
}

/**
 * Sets up the replication of a host's objects to a mirror: the mirror's bucket with an expiry of its own, the role of S3, and
 * the rule of the host's bucket; or removes rule and role. Without `apply` it only reads the current settings.
 *
 * @param hosts All hosts of the config: those that share a bucket share its role.
 * @throws {Misuse} if the host or the mirror is not at Amazon, or if they differ in what replication copies.
 * @throws {StoreError} if the provider refuses a request.
 */
export async function provisionReplica(
  host: Host,
  name: string,
  hosts: Iterable<Host>,
  owners: OwnerClients,
  options: ReplicaOptions,
  run: Run,
): Promise<ProvisionedReplica> {
  const request = requestOf(host, name, hosts);
  const { openReplication } = await import("../store/vault/replication.ts");
  const [here, there] = [await owners.of(host), await owners.at(targetOf(host, name))];
  const replication = await openReplication(here, there, request);
  run.signal.throwIfAborted();
  if (replication.dialect !== "amazon") throw notAmazon(host.name);
  const { apply, revoke = false, each = () => {} } = options;
  const steps = await (revoke ? replication.removal(apply, each) : replication.settings(apply, each));
  const [bucket, target] = [request.source.bucket, request.target.bucket];
  return { host: host.name, mirror: name, bucket, target, role: replication.description.role, steps };
}

/** Returns the replication of a host's objects to a mirror, to apply it by hand. Sends no request to the provider. */
export function emitReplica(host: Host, name: string, hosts: Iterable<Host>): ReplicationDescription {
  const request = requestOf(host, name, hosts);
  if (bucketOf(host).endpoint !== undefined) throw notAmazon(host.name);
  return describeReplication(request);
}

/**
 * Compares the replication of a host to each mirror that Amazon's S3 should copy to with what it should be. Mirrors that
 * `mirror` copies to are left out: they have `putCredentials`, a `signer`, or dates that are signed.
 *
 * @param hosts All hosts of the config.
 * @throws {StoreError} if the owner's credentials cannot read the replication.
 */
export async function replicaDrifts(
  host: Host,
  hosts: Iterable<Host>,
  owners: OwnerClients,
): Promise<Drift[]> {
  const all = [...hosts];
  const drifts: Drift[] = [];
  for (const mirror of host.mirrors.filter((it) => isReplica(host, it))) {
    const { name: mirrorName } = mirror;
    const target = targetOf(host, mirrorName);
    const there = await owners.at(target);
    const { openReplication } = await import("../store/vault/replication.ts");
    const replication = await openReplication(await owners.of(host), there, requestOf(host, mirrorName, all));
    if (replication.dialect !== "amazon") return [];
    const steps = await replication.copying();
    const isMissing = steps.some(({ name, before }) => name === "replication" && before.state === "missing");
    if (isMissing && await hasDates(host.name, target, there)) continue;
    drifts.push(...steps.flatMap(driftOf).map((it) => ({ ...it, mirror: mirrorName })));
  }
  return drifts;
}

/** Whether S3 could copy to a mirror, and nothing in the config says that `mirror` does. */
function isReplica({ store }: Host, { store: target, signers, putCredentials }: Mirror): boolean {
  return store.kind === "s3" && target.kind === "s3" && signers.length === 0 &&
    putCredentials === undefined &&
    store.endpoint === target.endpoint && partition(store.region) === partition(target.region) &&
    store.bucket !== target.bucket && store.prefix === target.prefix;
}

/** Whether a mirror has signed dates of a host, which `mirror` puts there. */
async function hasDates(host: string, { bucket, prefix }: S3Store, there: Owner): Promise<boolean> {
  const { someObject } = await import("../store/vault/some_object.ts");
  return await someObject(there, bucket, `${keyPrefix(prefix)}${MIRROR_DIRECTORY}${host}/`) !== undefined;
}

/** Whether a host has a mirror with this name. */
export function hasMirror({ mirrors }: Host, name: string): boolean {
  return mirrors.some((it) => it.name === name);
}

function requestOf(host: Host, name: string, hosts: Iterable<Host>): ReplicationRequest {
  const source = bucketOf(host);
  const target = targetOf(host, name);
  refuseUnlike(host.name, source, target);
  const { bucket, region, vault, storageClass } = target;
  const own = vaultRequest(host, USER_PATTERN);
  const sharing = [...hosts].filter((it) => it.store.kind === "s3" && it.store.bucket === source.bucket);
  const targets = [...sharing, host].filter((it) => hasMirror(it, name)).map((it) =>
    targetOf(it, name).bucket
  );
  return {
    source: own,
    target: { ...own, bucket, region, vault },
    targets: [...new Set(targets)].sort(),
    storageClass,
  };
}

function targetOf({ name: host, mirrors }: Host, name: string): S3Store {
  const mirror = mirrors.find((it) => it.name === name);
  if (mirror === undefined) throw noMirror(host, name, mirrors);
  if (mirror.store.kind === "s3") return mirror.store;
  throw new Misuse(`Cannot replicate ${host} to ${name}: this mirror is a directory`, { hint: COPY });
}

/** Refuses what replication would not copy to the right place: it keeps the keys of objects, and stays at one provider. */
function refuseUnlike(host: string, source: S3Store, target: S3Store): void {
  const isElsewhere = source.endpoint !== target.endpoint ||
    partition(source.region) !== partition(target.region);
  if (isElsewhere) {
    throw new Misuse(`Cannot replicate ${host}: the mirror is at another provider than the store`, {
      hint: COPY,
    });
  }
  if (source.bucket === target.bucket) {
    throw new Misuse(
      `Cannot replicate ${host}: the mirror is the bucket of the host itself, ${source.bucket}`,
      {
        hint: "Name another bucket in the config",
      },
    );
  }
  if (source.prefix === target.prefix) return;
  const [one, other] = [source.prefix, target.prefix].map((it) => it === "" ? "none" : `"${printable(it)}"`);
  throw new Misuse(
    `Cannot replicate ${host}: the prefix of the mirror is ${other}, and that of the store ${one}. S3 keeps the keys of objects`,
    { hint: "Set the same prefix for both in the config" },
  );
}

const COPY = "Run `nightdrop mirror --to NAME`, which copies between all stores";

function noMirror(host: string, name: string, mirrors: readonly Mirror[]): Misuse {
  const known = mirrors.map((it) => it.name).sort().join(", ");
  return new Misuse(
    `Cannot replicate ${host} to "${printable(name)}": the config has no mirror of this name`,
    {
      hint: known === ""
        ? 'Add it to the config: mirrors: { second: { store: { kind: "s3", bucket: "{host}-second", region: "eu-west-1" } } }'
        : `Name one of ${known}`,
    },
  );
}

function notAmazon(host: string): Misuse {
  return new Misuse(`Cannot replicate ${host}: only Amazon's S3 replicates buckets`, { hint: COPY });
}
