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
import { askPage, decodeKey, nameAndTime, notWellFormed, type PagedOptions, unreliable } from "./page.ts";

/** All that a bucket has under one name. In a bucket without versions that is one version. */
export interface Versions {
  readonly name: string;
  /** What was stored first, of what is still there; undefined where only markers are left. */
  readonly first: FirstVersion | undefined;
  /** How often a version has other bytes than the one before it. One that a retry sent again has the same. */
  readonly changes: number;
  /** When a marker was first put over it, if it is hidden. */
  readonly hiddenAt: Date | undefined;
}

/** The oldest version of an object. */
export interface FirstVersion {
  /** By which `GetObject` gives it; undefined where it is the one that it gives anyhow. */
  readonly id: string | undefined;
  readonly size: number;
  readonly storedAt: Date;
}

/**
 * The names in a bucket that begin with `prefix`, with the versions of each, in the order of their bytes. However many
 * versions somebody has piled up on a name, one of them is kept in memory.
 *
 * It needs `s3:ListBucketVersions`. A server that knows no versions may answer as if there were none.
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
      // Servers differ in whether the name to begin behind is in the list.
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

/** A version or a marker. */
interface Entry {
  readonly name: string;
  readonly time: Date;
  readonly latest: boolean;
  /** Undefined for a marker. */
  readonly version:
    | { readonly id: string | undefined; readonly size: number; readonly etag: string }
    | undefined;
}

/** The entries of one name as they come, the newest first. */
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

/** Versions and markers come in two lists, each in order. */
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
  if (Size === undefined) throw notWellFormed(at);
  const version = { id: VersionId, size: Size, etag: ETag ?? "" };
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

/** Where the next page begins. Amazon encodes the key there as in the rest of the page; Ceph's gateway 16.2 does not. */
function nextMarker(page: ListObjectVersionsCommandOutput, at: S3Place): Marker {
  const { NextKeyMarker: raw, NextVersionIdMarker, Versions = [], DeleteMarkers = [] } = page;
  if (!raw) throw unreliable(at, "is cut short");
  const ends = [Versions.at(-1), DeleteMarkers.at(-1)].map((it) => decodeKey(it?.Key ?? ""));
  const KeyMarker = ends.includes(raw) ? raw : decodeKey(raw);
  if (KeyMarker === undefined) throw notWellFormed(at);
  return { KeyMarker, VersionIdMarker: NextVersionIdMarker };
}
