import { authenticBytes } from "./authentic.ts";
import { Damage } from "../model/failure.ts";
import { objectKey } from "../model/name.ts";
import { commitment } from "../model/digest.ts";
import { parseObjectName, volumePrefix } from "../model/name.ts";
import type { AdoptedVolume, PartRecord, VolumeRecord } from "../model/receipt.ts";
import type { ObjectReader, StoredObject } from "../store/contract.ts";

/** A folder of the store. */
export interface Folder {
  readonly host: string;
  /** The snapshot. */
  readonly id: string;
}

/** The objects of a volume, and where they lie. */
export interface Located {
  readonly folder: Folder;
  readonly parts: readonly PartRecord[];
}

/** Where the objects of a volume of a snapshot lie. Those of an adopted one are looked for by their commitments. */
export async function locate(
  reader: ObjectReader,
  folder: Folder,
  volume: VolumeRecord | AdoptedVolume,
  signal: AbortSignal,
): Promise<Located> {
  if (!("from" in volume)) return { folder, parts: volume.parts };
  const found = await adoptedObjects(reader, folder.host, volume, signal);
  const parts = found.map(({ object, sha256 }): PartRecord => ({
    name: object.name,
    size: object.size,
    sha256,
  }));
  return { folder: { host: folder.host, id: volume.from.snapshot }, parts };
}

/**
 * The objects of a volume of which only commitments are known, in order; names are those within the folder.
 *
 * @throws {Damage} when one is missing.
 */
export async function adoptedObjects(
  reader: ObjectReader,
  host: string,
  { from, parts }: AdoptedVolume,
  signal: AbortSignal,
): Promise<{ readonly object: StoredObject; readonly sha256: string }[]> {
  const folder = objectKey(host, from.snapshot, "");
  const found = new Map<string, { object: StoredObject; sha256: string }>();
  const wanted = new Set(parts.map(({ size, commitment }) => `${commitment} ${size}`));
  for await (const stored of reader.list(folder + volumePrefix(from.number), { signal })) {
    const object = { ...stored, name: stored.name.slice(folder.length) };
    const { sha256 } = parseObjectName(object.name) ?? {};
    const key = sha256 && `${commitment(sha256)} ${object.size}`;
    if (key && wanted.has(key)) found.set(key, { object, sha256 });
  }
  return parts.map(({ size, commitment }, at) => {
    const object = found.get(`${commitment} ${size}`);
    if (object !== undefined) return object;
    throw new Damage(`Part ${at} of volume ${from.number}, which ${from.snapshot} had stored, is missing`);
  });
}

/**
 * The bytes of one part, which are those that the receipt names.
 *
 * @throws {Damage} when the part is missing or another one.
 */
export async function readPart(
  reader: ObjectReader,
  { host, id }: Folder,
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
