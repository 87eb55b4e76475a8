import type { Entry } from "../model/entry.ts";
import type { Identity } from "../seal/identity.ts";
import { takenAsPath } from "./globs.ts";
import { nothingSelected, preparedGlobs, type Selector } from "./select.ts";
import type { Snapshot } from "./snapshots.ts";
import type { Run } from "../app/events.ts";
import type { StoreReader } from "../store/contract.ts";
import { releaseVolume } from "./index_reader.ts";
import { Pauses } from "../workers/pause.ts";
import { Tree } from "./tree.ts";
import { entriesIn, type ListedEntry, type Lost, type TreeVolume } from "./tree_scan.ts";

/**
 * Yields the entries of a snapshot that can be restored, or those that globs select.
 *
 * @param lost Called with entries that cannot be restored.
 * @param unmatched Called with each glob that selects nothing.
 * @throws {Failure} if nothing matches any glob.
 */
export async function* files(
  snapshot: Snapshot,
  globs: readonly string[],
  reader: StoreReader,
  identities: readonly Identity[],
  run: Run,
  lost?: (lost: Lost) => void,
  unmatched?: (glob: string) => void,
): AsyncGenerator<Entry> {
  const pauses = new Pauses(run.signal);
  for await (const group of listedFiles(snapshot, globs, reader, identities, run, lost, unmatched)) {
    for (const { entry } of group) {
      if (pauses.due) await pauses.take();
      yield entry;
    }
  }
}

/**
 * Yields the entries like {@link files}, each with the snapshot that sent it, whose index lists it. They come in groups, because
 * waiting for each entry costs more than finding it. Read a group before the next one, with pauses.
 */
export async function* listedFiles(
  snapshot: Snapshot,
  globs: readonly string[],
  reader: StoreReader,
  identities: readonly Identity[],
  run: Run,
  lost: (lost: Lost) => void = () => {},
  unmatched: (glob: string) => void = () => {},
): AsyncGenerator<Iterable<ListedEntry>> {
  const tree = await Tree.open(snapshot, reader, identities, run.signal);
  const { all, selects, paths } = await preparedGlobs(tree, globs);
  for (const glob of paths) run.report({ event: "note", text: takenAsPath(glob) });
  const selected: Selector = globs.length === 0 ? () => true : selects;
  const scan = tree.scan((it) => {
    if (it.entry === undefined || selected(it.entry)) lost(it);
  });
  for await (const volume of scan.volumes()) {
    yield selectedIn(volume, selected);
    releaseVolume(volume);
  }
  yield scan.listedLinks().filter(({ entry }) => selected(entry));
  if (globs.length > 0 && all.unmatched.length === globs.length) throw nothingSelected(globs);
  all.unmatched.forEach(unmatched);
}

function* selectedIn(volume: TreeVolume, selected: Selector): Generator<ListedEntry> {
  const snapshot = volume.snapshot.id;
  for (const entry of entriesIn(volume)) {
    if (selected(entry)) yield { entry, snapshot };
  }
}
