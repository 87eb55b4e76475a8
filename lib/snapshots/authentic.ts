import { sha256 } from "../model/digest.ts";
import { Damage } from "../model/failure.ts";
import { type ObjectReader, StoreError } from "../store/contract.ts";

/** Object whose SHA-256 is known before it is read. */
export interface KnownObject {
  /** Name of the object in the store. */
  readonly name: string;
  readonly sha256: string;
  readonly maxBytes: number;
  /** Name of the object in messages, such as "The receipt". */
  readonly label: string;
  readonly by: string;
}

/**
 * Returns the bytes of a known object. If other content was written over them, or a delete marker hides them,
 * the first version is fetched. This costs a further request only if the first one has failed.
 *
 * @throws {Damage} if the store does not have these bytes.
 */
export async function authenticBytes(
  reader: ObjectReader,
  object: KnownObject,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await knownBytes(reader, object, false, signal);
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    return await firstBytes(reader, object, signal, error);
  }
}

async function firstBytes(
  reader: ObjectReader,
  object: KnownObject,
  signal: AbortSignal,
  damage: Damage,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await knownBytes(reader, object, true, signal);
  } catch (error) {
    // A reader that may not list versions reads the current ones.
    if (error instanceof Damage || (error instanceof StoreError && error.kind === "denied")) throw damage;
    throw error;
  }
}

async function knownBytes(
  reader: ObjectReader,
  { name, sha256: expected, maxBytes, label, by }: KnownObject,
  first: boolean,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await reader.get(name, { maxBytes, first, signal });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (error.kind === "missing") throw new Damage(`${label} is missing`, { cause: error });
    if (error.kind === "oversized") throw new Damage(`${label} is larger than ${by} says`, { cause: error });
    if (!error.ofOneObject) throw error;
    const object = label.replace(/^The /, "the ");
    throw error.with({ message: `Cannot read ${object}: ${error.message}` });
  }
  if (sha256(bytes) !== expected) throw new Damage(`${label} is not what ${by} says`);
  return bytes;
}
