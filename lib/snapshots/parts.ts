import { authenticBytes } from "./authentic.ts";
import { Damage } from "../model/failure.ts";
import { objectKey } from "../model/name.ts";
import { commitment } from "../model/digest.ts";
import { parseObjectName, volumePrefix } from "../model/name.ts";
import type { AdoptedVolume, CommittedPart, PartRecord, VolumeRecord } from "../model/receipt.ts";
import type { ObjectReader, StoredObject } from "../store/contract.ts";

/** Directory of a snapshot in the store. */
export interface Directory {
  readonly host: string;
  /** Id of the snapshot. */
  readonly id: string;
}

/** Objects of a volume, and their directory. */
export interface Located {
  readonly directory: Directory;
  readonly parts: readonly PartRecord[];
}

/**
 * Finds the objects of a volume of a snapshot. Those of an adopted volume are found by their commitments.
 */
export async function locate(
  reader: ObjectReader,
  directory: Directory,
  volume: VolumeRecord | AdoptedVolume,
  signal: AbortSignal,
): Promise<Located> {
  if (!("from" in volume)) return { directory, parts: volume.parts };
  const found = await adoptedObjects(reader, directory.host, volume, signal);
  const parts = found.map(({ object, sha256 }): PartRecord => ({
    name: object.name,
    size: object.size,
    sha256,
  }));
  return { directory: { host: directory.host, id: volume.from.snapshot }, parts };
}

/** Object whose commitment a receipt contains. Its name is that within the directory. */
export interface Committed {
  readonly object: StoredObject;
  readonly sha256: string;
}

/**
 * Finds the objects of a volume of which only commitments are known, in order.
 *
 * @throws {Damage} if one is missing.
 */
export async function adoptedObjects(
  reader: ObjectReader,
  host: string,
  volume: AdoptedVolume,
  signal: AbortSignal,
): Promise<readonly Committed[]> {
  return objectsOf(volume, await committedObjects(reader, host, [volume], signal));
}

/**
 * Finds the objects of adopted volumes of one directory, by their commitments. The objects between the first
 * and the last volume are listed once. {@link objectsOf} returns those of one volume.
 */
export async function committedObjects(
  reader: ObjectReader,
  host: string,
  volumes: readonly AdoptedVolume[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Committed>> {
  const found = new Map<string, Committed>();
  const wanted = new Set(volumes.flatMap(({ parts }) => parts.map(keyOf)));
  const [first, last] = endsOf(volumes);
  if (first === undefined || last === undefined) return found;
  const directory = objectKey(host, first.from.snapshot, "");
  const prefix = directory + (first === last ? volumePrefix(first.from.number) : "");
  for await (
    const stored of reader.list(prefix, { after: directory + volumePrefix(first.from.number), signal })
  ) {
    const object = { ...stored, name: stored.name.slice(directory.length) };
    const parsed = parseObjectName(object.name);
    if (parsed === undefined) continue;
    if (parsed.kind !== "volume" || parsed.volume > last.from.number) break;
    const key = keyOf({ size: object.size, commitment: commitment(parsed.sha256) });
    if (wanted.has(key)) found.set(key, { object, sha256: parsed.sha256 });
  }
  return found;
}

/**
 * Returns the objects of one volume from {@link committedObjects}.
 *
 * @throws {Damage} if one is missing.
 */
export function objectsOf(
  { from, parts }: AdoptedVolume,
  found: ReadonlyMap<string, Committed>,
): readonly Committed[] {
  return parts.map((part, at) => {
    const object = found.get(keyOf(part));
    if (object !== undefined) return object;
    throw new Damage(`Part ${at} of volume ${from.number}, which ${from.snapshot} had stored, is missing`);
  });
}

function keyOf({ size, commitment }: CommittedPart): string {
  return `${commitment} ${size}`;
}

/** Returns the volumes with the lowest and the highest number in their directory. */
function endsOf(volumes: readonly AdoptedVolume[]): [first?: AdoptedVolume, last?: AdoptedVolume] {
  const sorted = [...volumes].sort((a, b) => a.from.number - b.from.number);
  return volumes.length === 0 ? [] : [sorted[0]!, sorted.at(-1)!];
}

/**
 * Returns the bytes of one part, compared with its SHA-256 in the receipt.
 *
 * @throws {Damage} if the part is missing or differs.
 */
export async function readPart(
  reader: ObjectReader,
  { host, id }: Directory,
  part: PartRecord,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await authenticBytes(reader, {
    name: objectKey(host, id, part.name),
    sha256: part.sha256,
    maxBytes: part.size,
    label: part.name,
    by: "its receipt",
  }, signal);
  if (bytes.length !== part.size) throw new Damage(`${part.name} is not what its receipt says`);
  return bytes;
}
