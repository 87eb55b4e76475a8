import type { Entry } from "./model/entry.ts";
import type { Identity } from "./seal/identity.ts";
import { selector } from "./read/select.ts";
import type { Snapshot } from "./read/snapshots.ts";
import type { Run } from "./events.ts";
import type { StoreReader } from "./store/contract.ts";
import { releaseListed } from "./read/index_reader.ts";
import { entriesIn, Tree } from "./read/tree.ts";

/** What a snapshot holds, or what of it the globs select. */
export async function* files(
  snapshot: Snapshot,
  globs: readonly string[],
  reader: StoreReader,
  identities: readonly Identity[],
  run: Run,
): AsyncGenerator<Entry> {
  const selected = selector(globs);
  const tree = await Tree.open(snapshot, reader, identities, run.signal);
  for await (const volume of tree.volumes()) {
    yield* entriesIn(volume).filter(selected);
    releaseListed(volume);
  }
}
