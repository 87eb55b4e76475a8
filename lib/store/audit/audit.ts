/** Finds out by requests what the credentials of a host allow. */
import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { S3Options } from "../s3/options.ts";
import { ANYBODY, LISTING } from "./bucket_probes.ts";
import { RECONFIGURING } from "./changing_probes.ts";
import { foreignProbes, type Neighbour } from "./foreign_probes.ts";
import { COPYING } from "./copy_probes.ts";
import { CHANGING, DELETING, earlierProbes, LOCKS, READING } from "./object_probes.ts";
import { KEPT, type Probe } from "./probe.ts";
import { type Attempt, openProber } from "./prober.ts";
import { SETTINGS } from "./settings_probes.ts";
import { USERS } from "./user_probes.ts";

/** Object, user and other hosts that an audit sends its requests for. */
export interface Aim {
  /** Key of the one object that the audit stores, below the directory of the store. */
  readonly key: string;
  /** Name of the host's user at the provider. */
  readonly user: string;
  /** Key of an object that the host stored before, if the owner named one. */
  readonly earlier?: string | undefined;
  /** Other hosts, whose objects the credentials must not reach. */
  readonly neighbours: readonly Neighbour[];
}

/**
 * Tries the requests that an intruder with these credentials could send, and yields each with its outcome. It
 * stores one small object; all other requests are about this object or cannot succeed. The object stays in
 * the bucket, because a host cannot delete it.
 *
 * @param options Credentials of the host, and its bucket.
 * @throws {StoreError} if the server cannot be asked: network, wrong keys, clock.
 */
export async function* attempts(
  options: S3Options,
  { key, user, earlier, neighbours }: Aim,
): AsyncGenerator<Attempt> {
  using prober = openProber(options, key, user);
  yield await prober.send(PUT, "allowed");
  yield await prober.send(OVERWRITE);
  const foreign = neighbours.flatMap(foreignProbes);
  const all = [
    READING,
    earlier === undefined ? [] : earlierProbes(earlier),
    COPYING,
    LISTING,
    CHANGING,
    LOCKS,
    SETTINGS,
    RECONFIGURING,
    foreign,
    USERS,
    ANYBODY,
    DELETING,
  ];
  for (const probe of all.flat()) yield await prober.send(probe);
}

const TEXT = new TextEncoder().encode(
  "A nightdrop audit was here. It needs no name and no deletion: it expires.\n",
);

const PUT: Probe = {
  name: "put a new object",
  remedy: "Allow s3:PutObject on the host's objects: `nightdrop provision HOST --apply`",
  call: async (target) => {
    const condition = target.createOnly ? { IfNoneMatch: "*" } : {};
    const object = { Bucket: target.bucket, Key: target.key, Body: TEXT, ...condition };
    const { VersionId } = await target.s3.send(new PutObjectCommand(object));
    target.version = VersionId;
  },
};

const OVERWRITE: Probe = {
  name: "overwrite an object",
  remedy: "Turn the bucket's versioning on, or refuse puts without If-None-Match in its policy",
  call: async ({ s3, bucket: Bucket, key: Key }) => {
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: TEXT }));
    return VersionId === undefined ? undefined : KEPT;
  },
};
