import type { Run } from "../app/events.ts";
import type { Entry } from "../model/entry.ts";
import { type OnLoss, restoreSelected } from "../restore/restore.ts";
import type { KeySource } from "../seal/session_key.ts";
import type { Tree } from "../snapshots/tree.ts";
import type { StoreReader } from "../store/contract.ts";
import type { Workers } from "../workers/pool.ts";

/** Order of a restorer. */
export interface RestoreOrder {
  readonly tree: Tree;
  readonly reader: StoreReader;
  readonly keys: KeySource;
  /** Entries to restore. */
  readonly entries: readonly Entry[];
  /** Empty directory of ours to restore into. */
  readonly target: string;
  /** Called with each entry that is not restored as it was. */
  readonly onLoss: OnLoss;
}

/** Restores the entries of a sample. One that is damaged is reported; any other error is thrown. */
export type Restorer = (order: RestoreOrder, run: Run) => Promise<void>;

/**
 * Restores with the code of `restore`.
 *
 * @param workers Threads that several restores share; undefined for threads of its own for each.
 */
export function restoreByNightdrop(workers?: Workers): Restorer {
  return async ({ tree, reader, keys, entries, target, onLoss }, run) => {
    const paths = new Set(entries.map(({ path }) => path));
    const selection = {
      selected: ({ path }: Pick<Entry, "path">) => paths.has(path),
      strip: "",
      purpose: "drill",
      target,
      overwrite: false,
      onLoss,
      workers,
    };
    // The checks say what was lost, and what is left is removed: only the progress is of interest.
    const quiet: Run = { ...run, report: (event) => event.event === "progress" && run.report(event) };
    await restoreSelected(tree, reader, keys, selection, quiet);
  };
}
