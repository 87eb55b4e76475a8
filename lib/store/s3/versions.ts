import {
  type DeleteMarkerEntry,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type ObjectVersion,
  type S3Client,
} from "@aws-sdk/client-s3";
import { compareUtf8 } from "../../model/utf8_order.ts";
import { notS3 } from "./errors.ts";
import type { S3Place } from "./options.ts";
import {
  askPage,
  decodeKey,
  EmptyPages,
  nameAndTime,
  notWellFormed,
  type PagedOptions,
  sizeOf,
  unreliable,
} from "./page.ts";

/** All versions of a name in a bucket. In a bucket without versions there is one. */
export interface Versions {
  readonly name: string;
  /** First version that still exists; undefined if only delete markers are left. */
  readonly first: FirstVersion | undefined;
  /**
   * Number of versions whose content differs from the version before it. A version that a retry stored again
   * has the same content.
   */
  readonly changes: number;
  /** Time of the first delete marker, if the object is hidden. */
  readonly hiddenAt: Date | undefined;
}

/** Oldest version of an object. */
export interface FirstVersion {
  /** Id for `GetObject`; undefined if a plain request returns this version. */
  readonly id: string | undefined;
  readonly size: number;
  readonly storedAt: Date;
}

/**
 * Yields the names in a bucket that begin with `prefix`, with the versions of each, in the order of their
 * UTF-8 bytes. It keeps one version of a name in memory, however many there are.
 *
 * It needs `s3:ListBucketVersions`. A server that does not support versions may answer with an empty list.
 */
export async function* listVersions(
  client: S3Client,
  at: S3Place,
  prefix: string,
  options: PagedOptions,
): AsyncGenerator<Versions> {
  let pile: Pile | undefined;
  for await (const page of pages(client, at, prefix, options)) {
    for (const entry of entriesOf(page, at)) {
      if (!entry.name.startsWith(prefix)) throw unreliable(at, "is out of order");
      // Some servers include the name after which the list should begin.
      if (options.after !== undefined && compareUtf8(entry.name, options.after) <= 0) continue;
      const order = pile === undefined ? -1 : compareUtf8(pile.name, entry.name);
      if (order > 0) throw unreliable(at, "is out of order");
      if (pile !== undefined && order < 0) yield pile.result();
      if (order < 0) pile = new Pile(entry.name);
      pile!.add(entry);
    }
  }
  if (pile !== undefined) yield pile.result();
}

/** Returns the first version of the object `name`; undefined if there is none. */
export async function firstVersion(
  client: S3Client,
  at: S3Place,
  name: string,
  options: PagedOptions,
): Promise<FirstVersion | undefined> {
  for await (const versions of listVersions(client, at, name, options)) {
    // Longer names with this prefix follow.
    return versions.name === name ? versions.first : undefined;
  }
  return undefined;
}

/** Version or delete marker. */
interface Entry {
  readonly name: string;
  readonly time: Date;
  readonly latest: boolean;
  /** Undefined for a delete marker. */
  readonly version:
    | { readonly id: string | undefined; readonly size: number; readonly etag: string }
    | undefined;
}

/** Collects the entries of one name, which come newest first. */
class Pile {
  readonly name: string;
  #first: Entry & { readonly version: object } | undefined;
  #versions = 0;
  #changes = 0;
  #hidden = false;
  #marked: Date | undefined;

  constructor(name: string) {
    this.name = name;
  }

  add(entry: Entry): void {
    const { version, time } = entry;
    if (version === undefined) {
      if (this.#marked === undefined || time < this.#marked) this.#marked = time;
      this.#hidden ||= entry.latest;
      return;
    }
    const before = this.#first?.version;
    if (before && (before.etag !== version.etag || before.size !== version.size)) this.#changes += 1;
    this.#versions += 1;
    if (this.#first === undefined || time <= this.#first.time) this.#first = { ...entry, version };
  }

  result(): Versions {
    const plain = this.#versions === 1 && !this.#hidden;
    return {
      name: this.name,
      first: this.#first && {
        id: plain ? undefined : this.#first.version.id,
        size: this.#first.version.size,
        storedAt: this.#first.time,
      },
      changes: this.#changes,
      hiddenAt: this.#hidden ? this.#marked : undefined,
    };
  }
}

/** Returns versions and delete markers, which come as two sorted lists, in one order. */
function entriesOf(
  { Versions = [], DeleteMarkers = [] }: ListObjectVersionsCommandOutput,
  at: S3Place,
): Entry[] {
  const versions = Versions.map((it) => versionEntry(it, at));
  const markers = DeleteMarkers.map((it) => markerEntry(it, at));
  for (const entries of [versions, markers]) {
    if (!isSorted(entries)) throw unreliable(at, "is out of order");
  }
  return [...versions, ...markers].sort((a, b) => compareUtf8(a.name, b.name));
}

function versionEntry({ Size, ETag, VersionId, IsLatest, ...entry }: ObjectVersion, at: S3Place): Entry {
  const version = { id: VersionId, size: sizeOf(Size, at), etag: ETag ?? "" };
  return { ...nameAndTime(entry, at), latest: IsLatest ?? false, version };
}

function markerEntry({ IsLatest, ...entry }: DeleteMarkerEntry, at: S3Place): Entry {
  return { ...nameAndTime(entry, at), latest: IsLatest ?? false, version: undefined };
}

function isSorted(entries: readonly Entry[]): boolean {
  return entries.every(({ name }, index) => index === 0 || compareUtf8(entries[index - 1]!.name, name) <= 0);
}

async function* pages(
  client: S3Client,
  at: S3Place,
  prefix: string,
  options: PagedOptions,
): AsyncGenerator<ListObjectVersionsCommandOutput> {
  const input = {
    Bucket: at.bucket,
    Prefix: at.directory + prefix,
    EncodingType: "url",
    MaxKeys: options.pageSize,
  } as const;
  const empty = new EmptyPages(at);
  let marker = {
    KeyMarker: options.after === undefined ? undefined : at.directory + options.after,
  } as Marker;
  while (true) {
    const command = new ListObjectVersionsCommand({ ...input, ...marker });
    const page = await askPage(
      at,
      "list versions",
      options,
      (abortSignal) => client.send(command, { abortSignal }),
    );
    if (page.IsTruncated === undefined) throw notS3(at);
    empty.count((page.Versions?.length ?? 0) + (page.DeleteMarkers?.length ?? 0));
    yield page;
    if (!page.IsTruncated) return;
    const next = nextMarker(page, at);
    if (next.KeyMarker === marker.KeyMarker && next.VersionIdMarker === marker.VersionIdMarker) {
      throw unreliable(at, "is cut short");
    }
    marker = next;
  }
}

interface Marker {
  readonly KeyMarker: string | undefined;
  readonly VersionIdMarker?: string | undefined;
}

/**
 * Returns where the next page begins. Amazon encodes the key there as in the rest of the page; Ceph's gateway
 * 16.2 does not.
 */
function nextMarker(page: ListObjectVersionsCommandOutput, at: S3Place): Marker {
  const { NextKeyMarker: raw, NextVersionIdMarker, Versions = [], DeleteMarkers = [] } = page;
  if (!raw) throw unreliable(at, "is cut short");
  const ends = [Versions.at(-1), DeleteMarkers.at(-1)].filter((it) => it !== undefined);
  const keys = ends.map(({ Key = "" }) => decodeKey(Key));
  const KeyMarker = keys.includes(raw) ? raw : decodeKey(raw);
  if (KeyMarker === undefined) throw notWellFormed(at);
  const last = lastListed(ends.filter((_, index) => keys[index] === KeyMarker));
  return { KeyMarker, VersionIdMarker: NextVersionIdMarker === "null" ? last : NextVersionIdMarker };
}

/**
 * Returns the id of the version that a page ends with. OpenStack Swift before 2.38 puts "null" into each marker, and answers it
 * with a page that is empty and not truncated: https://bugs.launchpad.net/swift/+bug/2145449. Of a version and a delete marker of the same second the younger one is taken: an
 * entry that comes twice does no harm.
 */
function lastListed(ends: readonly (ObjectVersion | DeleteMarkerEntry)[]): string {
  const time = (it: DeleteMarkerEntry): number => it.LastModified?.getTime() ?? 0;
  const younger = (a: DeleteMarkerEntry, b: DeleteMarkerEntry): number =>
    (b.VersionId ?? "") < (a.VersionId ?? "") ? -1 : 1;
  return [...ends].sort((a, b) => time(a) - time(b) || younger(a, b))[0]?.VersionId ?? "null";
}
