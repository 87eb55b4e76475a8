import type { Run } from "../app/events.ts";
import type { Host } from "../config/types.ts";
import type { Failure } from "../model/failure.ts";
import type { ObjectReader, StoreReader } from "../store/contract.ts";
import { type DirectoryOptions, storedDirectories, type StoredDirectory } from "./directories.ts";
import { Flood, largestReceipt, type Receipts } from "./flood.ts";
import { smallAhead } from "./small_ahead.ts";
import { isOfOneSnapshot, readSnapshot, type Snapshot } from "./snapshots.ts";

/** Directory, with its snapshot or the reason why it has none. */
export interface ReadDirectory {
  readonly directory: StoredDirectory;
  readonly snapshot: Snapshot | Failure;
}

/**
 * Reads the snapshots of a host, and yields them in the order of the names of their directories. If thousands of receipts are refused,
 * which is a warning, not all are read (see {@link Flood}).
 */
export function readSnapshots(
  reader: StoreReader,
  host: Host,
  run: Pick<Run, "signal" | "report">,
  listing: DirectoryOptions = {},
): AsyncGenerator<ReadDirectory> {
  const flood = boundedReading(reader, host, run, listing);
  return smallAhead(
    storedDirectories(reader, host, run.signal, listing),
    largestReceipt,
    async (directory) => ({ directory, snapshot: await flood.read(directory) }),
  );
}

/** Returns what reads the snapshots of a host one by one. The first time that its bound is reached is a warning. */
export function boundedReading(
  reader: StoreReader,
  host: Host,
  { signal, report }: Pick<Run, "signal" | "report">,
  listing: DirectoryOptions = {},
): Flood {
  return new Flood(
    (receipts) => snapshotOrWhy(reader, host, receipts, signal),
    () => storedDirectories(reader, host, signal, { ...listing, passedOver: () => {} }),
    () => report({ event: "warning", text: floodIn(host) }),
  );
}

async function snapshotOrWhy(
  reader: ObjectReader,
  host: Host,
  receipts: Receipts,
  signal: AbortSignal,
): Promise<Snapshot | Failure> {
  try {
    return await readSnapshot(reader, host, receipts, signal);
  } catch (error) {
    if (isOfOneSnapshot(error)) return error;
    throw error;
  }
}

function floodIn({ name }: Host): string {
  return `${name}: thousands of objects in the store look like receipts and are refused, so somebody else can put objects there. ` +
    "Receipts that the store received among them are not all read. Revoke the credentials of the host";
}
