import type { Selection } from "../model/selection.ts";
import { Scout } from "./ahead_scout.ts";
import { OwnDirectories, type OwnDirectory } from "./own.ts";
import { visit } from "./visit.ts";

/** Order to walk ahead of another walk. */
export interface AheadOrder {
  readonly selection: Selection;
  /** Directories that the walk leaves out. */
  readonly own: readonly OwnDirectory[];
  /** Memory of {@link ringMemory}. */
  readonly memory: SharedArrayBuffer;
}

/** Walks in another thread, and writes what it reads for the walk that comes after it, which alone reports. */
export function walkAhead({ selection, own, memory }: AheadOrder): void {
  using scout = new Scout(memory);
  scout.awaitOrder();
  const view = { directories: scout, look: scout };
  for (const _ of visit(selection, () => {}, { own: new OwnDirectories(own) }, view));
}
