import type { Entry } from "./model/entry.ts";
import type { Identity } from "./seal/identity.ts";
import { selector } from "./read/select.ts";
import type { Snapshot } from "./read/snapshots.ts";
import type { Run } from "./events.ts";
import type { StoreReader } from "./store/contract.ts";
import { releaseListed } from "./read/index_reader.ts";
import { Tree } from "./read/tree.ts";
import { entriesIn, type Lost } from "./read/tree_scan.ts";

/**
 * What of a snapshot can be restored, or what of that the globs select.
 *
 * @param lost told of what cannot.
 */
export async function* files(
  snapshot: Snapshot,
  globs: readonly string[],
  reader: StoreReader,
  identities: readonly Identity[],
  run: Run,
  lost: (lost: Lost) => void = () => {},
): AsyncGenerator<Entry> {
  const selected = selector(globs);
  const tree = await Tree.open(snapshot, reader, identities, run.signal);
  const scan = tree.scan((it) => {
    if (it.entry === undefined || selected(it.entry)) lost(it);
  });
  for await (const volume of scan.volumes()) {
    yield* entriesIn(volume).filter(selected);
    releaseListed(volume);
  }
  yield* scan.links().filter(selected);
}
