import { MAX_PART_BYTES } from "../model/receipt.ts";
import { authenticBytes } from "../snapshots/authentic.ts";
import { type ObjectReader, StoreError, type StoreWriter } from "../store/contract.ts";

/** Object to copy. Its SHA-256 is in its name. */
export interface Copied {
  /** Full name, which the copy has as well. */
  readonly name: string;
  readonly sha256: string;
  /** Size in bytes; undefined if unknown. */
  readonly size?: number | undefined;
}

/** Objects that are copied at the same time. Each is held in memory. */
export const COPIES_AT_ONCE = 4;

/**
 * Copies an object as it is, under the same name, if its bytes have the SHA-256 in its name. Of an object that was
 * overwritten, the first version is copied. An object that exists is not changed.
 *
 * @returns The number of bytes that were copied; undefined if the name existed.
 * @throws {Damage} if the object is missing, or its bytes are other ones.
 */
export async function copyObject(
  from: ObjectReader,
  to: StoreWriter,
  object: Copied,
  signal: AbortSignal,
): Promise<number | undefined> {
  return await putNew(to, object.name, await verifiedBytes(from, object, signal), signal);
}

/**
 * Returns the bytes of an object, which have the SHA-256 in its name.
 *
 * @throws {Damage} if the object is missing, or its bytes are other ones.
 */
export function verifiedBytes(
  from: ObjectReader,
  { name, sha256, size = MAX_PART_BYTES }: Copied,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const known = { name, sha256, maxBytes: size, label: name, by: "its name" };
  return authenticBytes(from, known, signal);
}

/** Puts an object, and returns its size in bytes; undefined if the name existed. */
export async function putNew(
  to: StoreWriter,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { length } = bytes;
  try {
    await to.put(name, bytes, { signal });
    return length;
  } catch (error) {
    if (error instanceof StoreError && error.kind === "exists") return undefined;
    throw error;
  }
}
