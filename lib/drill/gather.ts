/**
 * Collects the session keys that a drill of a snapshot needs: first those of indexes, then those of the volumes of
 * its sample.
 */
import { isBrokenDump } from "../model/receipt.ts";
import { unpacked } from "../model/pack.ts";
import { sessionKeyPackets } from "../seal/message.ts";
import { packetsId, packetsOf } from "../seal/session_key_packets.ts";
import { releaseVolume } from "../snapshots/index_reader.ts";
import { locate, type Located, readPart } from "../snapshots/parts.ts";
import { isOfOneSnapshot, neededSnapshot, type Snapshot } from "../snapshots/snapshots.ts";
import { Tree } from "../snapshots/tree.ts";
import type { StoreReader } from "../store/contract.ts";
import { drawFrom, type DrawOptions } from "./draw.ts";
import { openerWith, type Packets, type SessionKeys } from "./request.ts";

/**
 * Returns the packets of the session keys that are still missing. While one of an index is missing, nothing is known of
 * the volumes. What is damaged or missing in the store is left out: the drill reports it.
 */
export async function missingKeys(
  snapshot: Snapshot,
  reader: StoreReader,
  keys: SessionKeys,
  options: DrawOptions,
  signal: AbortSignal,
): Promise<Packets> {
  const missing = new Map<string, Uint8Array>();
  const look = async (message: Located | undefined): Promise<void> => {
    const packets = message && await packetsAt(message, reader, signal);
    if (packets !== undefined && !keys.has(packetsId(packets))) missing.set(packetsId(packets), packets);
  };
  for await (const index of indexesOf(snapshot, reader, signal)) await look(index);
  if (missing.size > 0) return missing;
  for await (const volume of volumesOf(snapshot, reader, keys, options, signal)) await look(volume);
  return missing;
}

async function* indexesOf(
  snapshot: Snapshot,
  reader: StoreReader,
  signal: AbortSignal,
): AsyncGenerator<Located> {
  yield { directory: snapshot, parts: snapshot.receipt.index.parts };
  for (const needed of snapshot.receipt.needs) {
    const older = await ifGood(neededSnapshot(reader, snapshot.host, needed, signal));
    if (older !== undefined) yield { directory: older, parts: older.receipt.index.parts };
  }
}

async function* volumesOf(
  snapshot: Snapshot,
  reader: StoreReader,
  keys: SessionKeys,
  options: DrawOptions,
  signal: AbortSignal,
): AsyncGenerator<Located | undefined> {
  const tree = await Tree.open(snapshot, reader, openerWith(keys), signal);
  const { drawn } = await drawFrom(tree, options);
  const paths = new Set(drawn.map(({ entry }) => entry.path));
  for await (const volume of tree.scan(() => {}).volumes()) {
    const isDrawn = unpacked(volume.entries, volume.counts).some(({ path, type }) =>
      type === "file" && paths.has(path)
    );
    releaseVolume(volume);
    if (!isDrawn || !("from" in volume.volume) && isBrokenDump(volume.volume)) continue;
    yield await ifGood(locate(reader, volume.snapshot, volume.volume, signal));
  }
}

/** The session key packets at the head of a message, of which every byte is held to the signed receipt. */
async function packetsAt(
  { directory, parts }: Located,
  reader: StoreReader,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    for (const part of parts) yield await readPart(reader, directory, part, signal);
  };
  const bodies = await ifGood(sessionKeyPackets(chunks()));
  return bodies && packetsOf(bodies);
}

async function ifGood<T>(value: Promise<T>): Promise<T | undefined> {
  try {
    return await value;
  } catch (error) {
    if (isOfOneSnapshot(error)) return undefined;
    throw error;
  }
}
