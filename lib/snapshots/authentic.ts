import { sha256 } from "../model/digest.ts";
import { Damage } from "../model/failure.ts";
import { type ObjectReader, StoreError } from "../store/contract.ts";

/** An object whose bytes are known beforehand by their SHA-256. */
export interface KnownObject {
  /** Its name in the store. */
  readonly name: string;
  readonly sha256: string;
  readonly maxBytes: number;
  /** Its name in messages, and what it is compared with: "The receipt", "its name". */
  readonly label: string;
  readonly by: string;
}

/**
 * The bytes of a known object. Where others were put over them, or a marker hides them, those that were stored first
 * are fetched; that costs something only where the first look has failed.
 *
 * @throws {Damage} when the store has no such bytes.
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
    // A reader that may not list versions gets the current ones.
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
