import type { Host, Mirror } from "../config/types.ts";
import type { RememberingReader } from "../store/cache/remembering_reader.ts";
import type { StoreReader } from "../store/contract.ts";

/** Runs `body` with a reader of the store of a host, or of one of its mirrors. */
export type WithReader = <T>(
  host: Host,
  body: (reader: StoreReader) => Promise<T>,
  mirror?: Mirror,
) => Promise<T>;

/**
 * Returns a reader that remembers its listings of a host; undefined if nothing can be remembered for its
 * store.
 */
export type Remembering = (host: Host, reader: StoreReader) => Promise<RememberingReader | undefined>;

/** Access to stores. */
export interface Readers {
  readonly withReader: WithReader;
  readonly remembering: Remembering;
}
