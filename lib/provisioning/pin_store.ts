import type { StoreReader, StoreRemover, StoreWriter } from "../store/contract.ts";
import type { StoreCopier } from "../store/s3/copier.ts";

/** Store of pins. */
export interface PinStore {
  readonly reader: StoreReader;
  readonly writer: StoreWriter;
  readonly remover: StoreRemover;
  /** Copies from the store of the snapshots, if the server of both can do it. */
  readonly copier?: StoreCopier | undefined;
}
