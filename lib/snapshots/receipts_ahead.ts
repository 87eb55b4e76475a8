import type { Run } from "../app/events.ts";
import type { Host } from "../config/types.ts";
import type { Failure } from "../model/failure.ts";
import type { ListOptions, ObjectReader, StoreReader } from "../store/contract.ts";
import { storedDirectories, type StoredDirectory } from "./directories.ts";
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
  { signal, report }: Pick<Run, "signal" | "report">,
  listing: Pick<ListOptions, "passedOver"> = {},
): AsyncGenerator<ReadDirectory> {
  const all = (options = listing): AsyncGenerator<StoredDirectory> =>
    storedDirectories(reader, host, signal, options);
  const flood = new Flood(
    (receipts) => snapshotOrWhy(reader, host, receipts, signal),
    () => all({ passedOver: () => {} }),
    () => report({ event: "warning", text: floodIn(host) }),
  );
  return smallAhead(
    all(),
    largestReceipt,
    async (directory) => ({ directory, snapshot: await flood.read(directory) }),
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
