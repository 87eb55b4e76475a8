import { IndexReader } from "./index_reader.ts";
import type { Entry } from "./model/entry.ts";
import type { Identity } from "./seal/identity.ts";
import { selector } from "./select.ts";
import type { Snapshot } from "./snapshots.ts";
import type { Run } from "./events.ts";
import type { StoreReader } from "./store/contract.ts";

/** What a snapshot holds, or what of it the globs select. */
export async function* files(
  snapshot: Snapshot,
  globs: readonly string[],
  reader: StoreReader,
  identities: readonly Identity[],
  run: Run,
): AsyncGenerator<Entry> {
  const selected = selector(globs);
  for await (const { lines } of new IndexReader(reader, identities, run.signal).volumes(snapshot)) {
    yield* lines.filter(selected);
  }
}
