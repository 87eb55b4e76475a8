import type { Entry } from "../model/entry.ts";
import type { KeySource } from "../seal/session_key.ts";
import type { ObjectReader } from "../store/contract.ts";
import { IndexReader } from "./index_reader.ts";
import { searchIndex } from "./index_search.ts";
import type { Snapshot } from "./snapshots.ts";

/**
 * Returns the largest files and dumps that the run of a snapshot sent, the largest first; of those with one size that of the
 * first path first. Reads the index of this snapshot only. Files of volumes that an earlier run sent, which did not end,
 * do not count.
 *
 * @param count Maximum number of files.
 * @throws {Damage} if the index is damaged.
 */
export async function largestSent(
  snapshot: Snapshot,
  reader: ObjectReader,
  keys: KeySource,
  count: number,
  signal: AbortSignal,
): Promise<Entry[]> {
  let largest: Entry[] = [];
  const isFileOfThisRun = (_: string, isDirectory: boolean, volume: number | undefined): boolean =>
    !isDirectory && volume !== undefined;
  for await (const found of searchIndex(new IndexReader(reader, keys, signal), snapshot, isFileOfThisRun)) {
    if (found.gone !== undefined || "from" in found.volume || found.entry.type !== "file") continue;
    largest.push(found.entry);
    if (largest.length >= 2 * count + MORE) largest = firstOf(largest, count);
  }
  return firstOf(largest, count);
}

/** Entries that are kept beyond twice the wanted number before they are sorted. */
const MORE = 1000;

function firstOf(entries: readonly Entry[], count: number): Entry[] {
  return entries.toSorted(bySize).slice(0, count);
}

function bySize(one: Entry, other: Entry): number {
  return other.size - one.size || (one.path < other.path ? -1 : 1);
}
