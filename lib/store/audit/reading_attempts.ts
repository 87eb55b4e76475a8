/** Finds out by requests what the credentials of a reading user allow. */
import {
  GetBucketLifecycleConfigurationCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
} from "@aws-sdk/client-s3";
import { type S3Options, s3Place } from "../s3/options.ts";
import { unstorablePut } from "../s3/unstorable.ts";
import { ANYBODY, LISTING } from "./bucket_probes.ts";
import { RECONFIGURING } from "./changing_probes.ts";
import { CHANGING, DELETING, LOCKS, METADATA } from "./object_probes.ts";
import type { Probe, ProbeTarget } from "./probe.ts";
import { type Attempt, openProber, type Prober } from "./prober.ts";
import { SETTINGS } from "./settings_probes.ts";
import { USERS } from "./user_probes.ts";

/** Name of no object: a request that would change or delete it has no effect. */
const NO_OBJECT = ".nightdrop-audit/no-object";

/** Name of the probe of the expiry, which readers need. */
const EXPIRY = "read the bucket's expiry";

/** Length of a list. Ceph's gateway 16.2 can give no version for 1, though there are some. */
const MaxKeys = 10;

/** Object of a backup, and a version of it. */
interface Found {
  readonly key: string;
  readonly version: string | undefined;
}

/**
 * Tries the requests of readers and those of an intruder with the credentials of a reading user, and yields each with its
 * outcome. In every place it tries to list, read, put and delete; in the first one that has an object, everything else. It
 * stores nothing, and no request has an effect if it is allowed: those that change or delete are malformed, or about an object
 * that does not exist.
 *
 * @param places Places that the user reads, with its credentials.
 * @param user Name of the user at the provider.
 * @throws {StoreError} if the server cannot be asked: network, wrong keys, clock, a missing bucket.
 */
export async function* readingAttempts(
  places: readonly S3Options[],
  user: string,
): AsyncGenerator<Attempt> {
  let isThorough = false;
  for (const place of places) {
    using prober = openProber(place, NO_OBJECT, user);
    const found: Found[] = [];
    const isReadOnly = yield* inPlace(prober, place, found);
    const [object] = found;
    if (isThorough || object === undefined) continue;
    isThorough = true;
    const isShared = places.every((it) => it.bucket !== place.bucket || s3Place(it).directory !== "");
    yield* thorough(prober, object, isShared, isReadOnly);
  }
}

/** Tries in one place. Returns whether a put is refused there. */
async function* inPlace(
  prober: Prober,
  place: S3Options,
  found: Found[],
): AsyncGenerator<Attempt, boolean> {
  const { directory } = s3Place(place);
  const where = `s3://${place.bucket}/${directory}`;
  for (const probe of listing(where, directory, found)) yield await prober.send(about(probe), "allowed");
  for (const probe of found.slice(0, 1).flatMap((it) => reading(where, it))) {
    yield await prober.send(about(probe), "allowed");
  }
  const put: Probe = {
    name: `put an object into ${where}`,
    remedy: "",
    call: ({ s3, bucket, key, createOnly }) => s3.send(unstorablePut(bucket, key, createOnly)),
  };
  const attempt = await prober.send(about(put));
  yield attempt;
  for (const probe of DELETING) {
    yield await prober.send(about({ ...probe, name: `${probe.name} in ${where}` }));
  }
  return attempt.found === "refused";
}

/** Returns requests that a reader begins with. They find an object. */
function listing(where: string, Prefix: string, found: Found[]): Probe[] {
  return [
    {
      name: `list ${where}`,
      remedy: "",
      call: async ({ s3, bucket: Bucket }) => {
        const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix, MaxKeys }));
        found.push(...Contents.map(({ Key }) => ({ key: Key!, version: undefined })));
      },
    },
    {
      name: `list the versions in ${where}`,
      remedy: "",
      call: async ({ s3, bucket: Bucket }) => {
        const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix, MaxKeys }));
        found.unshift(...Versions.map(({ Key, VersionId }) => ({ key: Key!, version: VersionId })));
      },
    },
    {
      name: `${EXPIRY}: ${where}`,
      remedy: "",
      call: ({ s3, bucket: Bucket }) =>
        s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket })).catch((error: Error) => {
          if (error.name !== "NoSuchLifecycleConfiguration") throw error;
        }),
    },
  ];
}

function reading(where: string, { key: Key, version }: Found): Probe[] {
  return ([["an object", undefined], ["a version of an object", version ?? "null"]] as const).map((
    [what, VersionId],
  ) => ({
    name: `read ${what} in ${where}`,
    remedy: "",
    call: async ({ s3, bucket: Bucket }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId, Range: "bytes=0-0" }));
      await Body?.transformToByteArray();
    },
  }));
}

/** Tries what no reader needs. */
async function* thorough(
  prober: Prober,
  { key, version }: Found,
  isShared: boolean,
  isReadOnly: boolean,
): AsyncGenerator<Attempt> {
  const { target } = prober;
  const object: ProbeTarget = { ...target, key, version };
  const [whole, versions, ...lists] = LISTING;
  const refused: [probes: readonly Probe[], target: ProbeTarget][] = [
    [METADATA, object],
    [[...(isShared ? [whole!, versions!] : []), ...lists], target],
    // With a malformed body, nothing changes.
    [CHANGING, { ...object, s3: target.garbled }],
    // OpenStack Swift has no locks, and stores such a request as the object, if the user may put.
    [isReadOnly ? LOCKS : [], { ...object, s3: target.garbled }],
    [SETTINGS.filter(({ name }) => name !== EXPIRY), target],
    [RECONFIGURING, target],
    [USERS, target],
  ];
  for (const [probes, target] of refused) {
    for (const probe of probes) yield await prober.send(about(probe), "refused", target);
  }
  for (const probe of ANYBODY) yield await prober.send(probe, "refused", object);
}

function about(probe: Probe): Probe {
  return { ...probe, remedy: REMEDY };
}

const REMEDY = "Set the policy of the reading user again: `nightdrop provision --reader --apply`";
