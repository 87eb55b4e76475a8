import type { Host } from "./config/types.ts";
import type { Run } from "./events.ts";
import { Damage } from "./model/failure.ts";
import { readSnapshot, type Snapshot, storedFolders, Unfinished } from "./read/snapshots.ts";
import type { StoreReader } from "./store/contract.ts";

/** A line of the list: a snapshot, or what is wrong where one should be. */
export type Listed =
  | { readonly kind: "snapshot"; readonly snapshot: Snapshot }
  | { readonly kind: "unfinished" | "damaged"; readonly id: string; readonly why: string };

/** Lists the snapshots of a host by their receipts alone: no private key is needed. */
export async function* list(host: Host, reader: StoreReader, run: Run): AsyncGenerator<Listed> {
  for await (const folder of storedFolders(reader, host, run.signal)) {
    try {
      yield { kind: "snapshot", snapshot: await readSnapshot(reader, host, folder, run.signal) };
    } catch (error) {
      if (!(error instanceof Unfinished || error instanceof Damage)) throw error;
      yield { kind: error instanceof Damage ? "damaged" : "unfinished", id: folder.id, why: error.message };
    }
  }
}
