import { authenticBytes } from "./authentic.ts";
import type { Host } from "../config/types.ts";
import { DAY_MS } from "../model/day.ts";
import { commitment } from "../model/digest.ts";
import { Damage, Failure, Misuse } from "../model/failure.ts";
import { objectKey, parseObjectName } from "../model/name.ts";
import { printable } from "../model/printable.ts";
import { MAX_RECEIPT_BYTES, type Receipt } from "../model/receipt.ts";
import { snapshotTime } from "../model/snapshot.ts";
import type { ObjectReader, StoredObject, StoreReader } from "../store/contract.ts";
import { expiryDays } from "../store/vault/description.ts";
import { openReceipt } from "./receipt.ts";

/** A snapshot's folder as the store lists it; names are those within the folder. */
export interface StoredFolder {
  /** What stands where a snapshot id belongs: the word of the host until a receipt confirms it. */
  readonly id: string;
  readonly objects: readonly StoredObject[];
}

/** A snapshot whose receipt is signed and belongs where it lies. */
export interface Snapshot {
  /** Its id, which begins with its time. */
  readonly id: string;
  /** The host that made it. */
  readonly host: string;
  /** What the host signed. */
  readonly receipt: Receipt;
  /** When the store took the receipt. */
  readonly storedAt: Date;
  /** By which later receipts speak of this one. */
  readonly commitment: string;
  /** Whether the config pins the key that signed it. */
  readonly pinned: boolean;
}

/** A folder that holds no receipt: a run that did not end, or one that is under way. */
export class Unfinished extends Failure {
  override readonly name = "Unfinished";
}

/**
 * Every folder that the store has of a host, one after the other, in the order of their names. An expiry hides an
 * object before it removes it: what is hidden since its days are over has expired, and is left out.
 */
export async function* storedFolders(
  reader: StoreReader,
  host: Host,
  signal: AbortSignal,
): AsyncGenerator<StoredFolder> {
  let folder: { id: string; objects: StoredObject[] } | undefined;
  for await (const object of reader.list(`${host.name}/`, { signal })) {
    if (hasExpired(object, expiryDays(host.retention))) continue;
    const [, id = "", ...rest] = object.name.split("/");
    if (folder?.id !== id) {
      if (folder) yield folder;
      folder = { id, objects: [] };
    }
    folder.objects.push({ ...object, name: rest.join("/") });
  }
  if (folder) yield folder;
}

function hasExpired({ storedAt, hiddenAt }: StoredObject, days: number): boolean {
  return hiddenAt !== undefined && hiddenAt.getTime() - storedAt.getTime() >= days * DAY_MS;
}

/**
 * Reads and checks the receipt of a folder: its name, its signature, the pinned signer, host and snapshot.
 *
 * @throws {Unfinished} when there is none; {@link Damage} when it is not to be trusted.
 */
export async function readSnapshot(
  reader: StoreReader,
  host: Host,
  folder: StoredFolder,
  signal: AbortSignal,
): Promise<Snapshot> {
  const { object, digest } = receiptOf(folder);
  const name = objectKey(host.name, folder.id, object.name);
  const receipt = await openReceipt(await receiptBytes(reader, name, digest, signal), host);
  if (receipt.host !== host.name) throw new Damage(`The receipt is that of the host ${receipt.host}`);
  if (receipt.snapshot !== folder.id) {
    throw new Damage(`The receipt is that of the snapshot ${receipt.snapshot}`);
  }
  return {
    id: folder.id,
    host: host.name,
    receipt,
    storedAt: object.storedAt,
    commitment: commitment(digest),
    pinned: host.signers.length > 0,
  };
}

/**
 * A snapshot that a newer one needs, by the commitment of its receipt. The newer one is to be trusted; so is what it speaks
 * of by commitment, whoever has signed it.
 *
 * @throws {Damage} when there is no such receipt.
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
    const bytes = await receiptBytes(reader, object.name, parsed.sha256, signal);
    const receipt = await openReceipt(bytes, { name: host, signers: [] });
    if (receipt.host !== host || receipt.snapshot !== id) break;
    return { id, host, receipt, storedAt: object.storedAt, commitment: wanted, pinned: true };
  }
  throw new Damage(`The snapshot ${id}, whose volumes are needed, is missing or another one`);
}

function receiptBytes(
  reader: ObjectReader,
  name: string,
  digest: string,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const object = { name, sha256: digest, maxBytes: MAX_RECEIPT_BYTES, label: "The receipt", by: "its name" };
  return authenticBytes(reader, object, signal);
}

/** The one receipt of a folder, and the SHA-256 that its name says. */
function receiptOf(folder: StoredFolder): { object: StoredObject; digest: string } {
  if (snapshotTime(folder.id) === undefined) {
    throw new Damage(`"${printable(folder.id)}" is no snapshot of nightdrop`);
  }
  const receipts = folder.objects.flatMap((object) => {
    const parsed = parseObjectName(object.name);
    return parsed?.kind === "receipt" ? [{ object, digest: parsed.sha256 }] : [];
  });
  const [receipt, ...others] = receipts;
  if (receipt === undefined) {
    throw new Unfinished("There is no receipt: the run did not end, or is under way");
  }
  if (others.length > 0) throw new Damage(`There are ${receipts.length} receipts where one belongs`);
  return receipt;
}

/**
 * Finds a snapshot of a host by its id, by an unmistakable beginning of it, or as `latest`: the newest, by the
 * store's dates, that has a good receipt.
 *
 * @param damaged told of newer ones that `latest` had to pass over.
 * @throws {Misuse} when there is no such snapshot.
 */
export async function findSnapshot(
  reader: StoreReader,
  host: Host,
  wanted: string,
  options: { signal: AbortSignal; damaged: (id: string, why: Failure) => void },
): Promise<Snapshot> {
  const candidates: StoredFolder[] = [];
  for await (const folder of storedFolders(reader, host, options.signal)) {
    const receipts = folder.objects.filter(({ name }) => parseObjectName(name)?.kind === "receipt");
    if (receipts.length > 0 && (wanted === "latest" || folder.id.startsWith(wanted))) {
      candidates.push({ id: folder.id, objects: receipts });
    }
  }
  if (wanted === "latest") return await newest(reader, host, candidates, options);
  const [found, ...others] = candidates;
  if (found === undefined) throw noSnapshot(host, wanted);
  if (others.length > 0) {
    throw new Misuse(`${candidates.length} snapshots of ${host.name} begin with "${printable(wanted)}"`, {
      hint: "Give more of the id; `list` shows them",
    });
  }
  return await readSnapshot(reader, host, found, options.signal);
}

async function newest(
  reader: StoreReader,
  host: Host,
  candidates: StoredFolder[],
  { signal, damaged }: { signal: AbortSignal; damaged: (id: string, why: Failure) => void },
): Promise<Snapshot> {
  const storedAt = ({ objects }: StoredFolder): number =>
    Math.max(...objects.map((it) => it.storedAt.getTime()));
  candidates.sort((a, b) => storedAt(b) - storedAt(a) || (a.id < b.id ? 1 : -1));
  for (const folder of candidates) {
    try {
      return await readSnapshot(reader, host, folder, signal);
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      damaged(folder.id, error);
    }
  }
  throw noSnapshot(host, "latest");
}

function noSnapshot(host: Host, wanted: string): Misuse {
  const which = wanted === "latest" ? "no snapshot" : `no snapshot "${printable(wanted)}"`;
  return new Misuse(`There is ${which} of ${host.name} in the store`, { hint: `list ${host.name}` });
}
