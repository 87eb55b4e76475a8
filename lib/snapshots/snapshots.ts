import { authenticBytes } from "./authentic.ts";
import type { Host } from "../config/types.ts";
import { commitment } from "../model/digest.ts";
import { Damage, Failure } from "../model/failure.ts";
import { objectKey, parseObjectName } from "../model/name.ts";
import { printable } from "../model/printable.ts";
import { MAX_RECEIPT_BYTES, type Receipt } from "../model/receipt.ts";
import { snapshotTime } from "../model/snapshot.ts";
import { type ObjectReader, type StoredObject, StoreError } from "../store/contract.ts";
import type { StoredDirectory } from "./directories.ts";
import { readInTurn } from "./large_receipts.ts";
import { openReceipt, type Pinning } from "./receipt.ts";
import { smallAhead } from "./small_ahead.ts";

/** Snapshot with a signed receipt in the correct directory. */
export interface Snapshot {
  /** Id of the snapshot, which begins with its time. */
  readonly id: string;
  /** Host that created it. */
  readonly host: string;
  /** Receipt that the host signed. */
  readonly receipt: Receipt;
  /** Time at which the store received the receipt. */
  readonly storedAt: Date;
  /** Name of the receipt in the directory of the snapshot. */
  readonly receiptName: string;
  /** Commitment by which later receipts refer to this one. */
  readonly commitment: string;
  /** Whether the config pins the key that signed it. */
  readonly pinned: boolean;
}

/** Failure because a directory contains no receipt: its run was interrupted, or is not finished. */
export class Unfinished extends Failure {
  override readonly name = "Unfinished";
}

/** Damage because all receipts of a directory were refused by another run, with the same pins. */
export class RefusedBefore extends Damage {}

/**
 * Reads and checks the receipt of a directory: its size, its name, the pinned signer, its signature, host and
 * snapshot. If several receipts pass these checks, the one that the store received first is valid: an
 * intruder who can put objects can put further receipts, but not earlier ones.
 *
 * @throws {Unfinished} if there is none.
 * @throws {Damage} if none passes.
 * @throws {StoreError} if one cannot be read and none passes.
 */
export async function readSnapshot(
  reader: ObjectReader,
  host: Host,
  directory: Pick<StoredDirectory, "id" | "receipts">,
  signal: AbortSignal,
): Promise<Snapshot> {
  const { id, receipts: [first, ...others] } = directory;
  if (snapshotTime(id) === undefined) throw new Damage(`"${printable(id)}" is no snapshot of nightdrop`);
  if (first === undefined) {
    throw new Unfinished("There is no receipt: the run did not end, or is under way");
  }
  const judged = (object: StoredObject): Promise<Snapshot | Failure> =>
    judgedOnce(object, reader, host, id, signal);
  let refusal = await judged(first);
  if (!(refusal instanceof Failure)) return refusal;
  for await (const result of smallAhead(others, ({ size }) => size, judged)) {
    if (!(result instanceof Failure)) return result;
    if (result instanceof StoreError) refusal = result;
  }
  if (others.length === 0 || refusal instanceof StoreError) throw refusal;
  throw new Damage(`None of ${1 + others.length} receipts is good. The first: ${refusal.message}`);
}

/** Whether an error concerns one snapshot only, so that others can be read. */
export function isOfOneSnapshot(error: unknown): error is Failure {
  return error instanceof Unfinished || error instanceof Damage ||
    (error instanceof StoreError && error.ofOneObject);
}

/**
 * Reads the receipt of a snapshot; returns the reason if it is refused. What was refused before, with the same pins, is not fetched
 * again.
 */
async function judgedOnce(
  object: StoredObject,
  reader: ObjectReader,
  host: Host,
  id: string,
  signal: AbortSignal,
): Promise<Snapshot | Failure> {
  const { name, size, storedAt } = object;
  const key = JSON.stringify([host.signers, id, name, size, storedAt.getTime()]);
  if (reader.refusals?.has(key)) return new RefusedBefore("The receipt was refused before");
  try {
    return await snapshotBy(object, reader, host, id, signal);
  } catch (error) {
    if (!isOfOneSnapshot(error)) throw error;
    // What the store does not give may be good.
    if (error instanceof Damage && !(error.cause instanceof StoreError)) reader.refusals?.add(key);
    return error;
  }
}

async function snapshotBy(
  object: StoredObject,
  reader: ObjectReader,
  host: Host,
  id: string,
  signal: AbortSignal,
): Promise<Snapshot> {
  const digest = parseObjectName(object.name)!.sha256;
  checkSize(object);
  const stored = { ...object, name: objectKey(host.name, id, object.name) };
  const receipt = await readReceipt(reader, stored, digest, host, signal);
  if (receipt.host !== host.name) throw new Damage(`The receipt is that of the host ${receipt.host}`);
  if (receipt.snapshot !== id) {
    throw new Damage(`The receipt is that of the snapshot ${receipt.snapshot}`);
  }
  return {
    id,
    host: host.name,
    receipt,
    storedAt: object.storedAt,
    receiptName: object.name,
    commitment: commitment(digest),
    pinned: host.signers.length > 0,
  };
}

function checkSize({ size }: StoredObject): void {
  if (size <= MAX_RECEIPT_BYTES) return;
  throw new Damage(`The receipt has ${size} bytes, more than the ${MAX_RECEIPT_BYTES} that a reader takes`);
}

/**
 * Returns a snapshot that a newer one needs, by the commitment of its receipt. If the newer one is trusted,
 * so is every receipt that it names by commitment, whichever key signed it.
 *
 * @throws {Damage} if there is no such receipt.
 */
export async function neededSnapshot(
  reader: ObjectReader,
  host: string,
  { snapshot: id, receipt: wanted }: { readonly snapshot: string; readonly receipt: string },
  signal: AbortSignal,
): Promise<Snapshot> {
  const prefix = objectKey(host, id, "");
  for await (const object of reader.list(`${prefix}receipt-`, { signal })) {
    const parsed = parseObjectName(object.name.slice(prefix.length));
    if (parsed?.kind !== "receipt" || commitment(parsed.sha256) !== wanted) continue;
    const named = { name: host, signers: [], isNeeded: true };
    const receipt = await readReceipt(reader, object, parsed.sha256, named, signal);
    if (receipt.host !== host || receipt.snapshot !== id) break;
    const receiptName = object.name.slice(prefix.length);
    return { id, host, receipt, receiptName, storedAt: object.storedAt, commitment: wanted, pinned: true };
  }
  throw new Damage(`The snapshot ${id}, whose volumes are needed, is missing or another one`);
}

function readReceipt(
  reader: ObjectReader,
  object: StoredObject,
  digest: string,
  host: Pinning,
  signal: AbortSignal,
): Promise<Receipt> {
  return readInTurn(
    object.size,
    async () => await openReceipt(await receiptBytes(reader, object, digest, signal), host, reader.known),
  );
}

/**
 * Returns the bytes of a receipt. They may come from a cache, so the size that the store lists shows whether
 * they were replaced in the store.
 */
async function receiptBytes(
  reader: ObjectReader,
  { name, size }: StoredObject,
  digest: string,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const object = { name, sha256: digest, maxBytes: MAX_RECEIPT_BYTES, label: "The receipt", by: "its name" };
  const bytes = await authenticBytes(reader, object, signal);
  if (bytes.length === size) return bytes;
  throw new Damage(`The receipt has ${size} bytes in the store where its name says ${bytes.length}`);
}
