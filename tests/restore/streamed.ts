/** Collects the stream of `tar`. */
import { Buffer } from "node:buffer";
import { openTar, type TarOptions } from "../../lib/restore/tar_stream.ts";
import type { Snapshot } from "../../lib/snapshots/snapshots.ts";
import type { StoreReader } from "../../lib/store/contract.ts";
import type { Scenario } from "../support/scenario.ts";

export interface Streamed {
  readonly bytes: Buffer;
  readonly unmatched: readonly string[];
  readonly error: unknown;
}

/** Returns what `tar` streams, also if it throws. */
export async function streamed(
  scenario: Pick<Scenario, "store" | "identities" | "run">,
  snapshot: Snapshot,
  options: Partial<TarOptions> = {},
  reader: StoreReader = scenario.store.reader,
): Promise<Streamed> {
  const pieces: Uint8Array[] = [];
  const what = { globs: [], exclude: [], strip: "", ...options };
  let unmatched: readonly string[] = [];
  let error: unknown;
  try {
    const stream = await openTar(snapshot, reader, scenario.identities, what, scenario.run);
    unmatched = stream.unmatched;
    for await (const block of stream.blocks) pieces.push(new Uint8Array(block));
  } catch (thrown) {
    error = thrown;
  }
  return { bytes: Buffer.concat(pieces), unmatched, error };
}
