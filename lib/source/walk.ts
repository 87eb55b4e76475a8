import type { Selection } from "../model/selection.ts";
import type { ReportTrouble } from "../model/trouble.ts";
import { DirectoriesNow } from "./directories.ts";
import type { SourceEntry } from "./entry.ts";
import { Inspector } from "./inspect.ts";
import { isTyped, visit } from "./visit.ts";
import type { WalkWatch } from "./walk_watch.ts";

export type { SourceEntry } from "./entry.ts";
export type { WalkedTree, WalkWatch } from "./walk_watch.ts";

/**
 * Walks the declared paths, each once and one after the other: depth first, a directory before its content, names in the
 * order of their UTF-8 bytes. Within a declared path, this is the order of the members' bytes with NUL instead of `/`.
 *
 * It is lazy: a directory is listed after its entry was consumed. It keeps in memory the names in the directories from the
 * root to the current one, and the files with several names that are not all found yet.
 *
 * Symbolic links are never followed, with one exception: Deno has no `openat`. If a directory is replaced by a symbolic link
 * between `lstat` and listing, the content of the link's destination is stored under the names of the walk.
 *
 * The first name of a file is stored as the file, later names as hard links to it. Other things with several names are
 * stored once for each name.
 *
 * @throws {Misuse} if a pattern is malformed.
 */
export function* walk(
  selection: Selection,
  report: ReportTrouble,
  watch: WalkWatch = {},
): Generator<SourceEntry> {
  for (const entry of walkWithGaps(selection, report, watch)) if (entry !== undefined) yield entry;
}

/** Yields what {@linkcode walk} does, and undefined wherever so much time has passed that a pause is due. */
export function* walkWithGaps(
  selection: Selection,
  report: ReportTrouble,
  watch: WalkWatch = {},
): Generator<SourceEntry | undefined> {
  using _spill = watch.spill;
  using directories = watch.ahead ?? new DirectoriesNow(isTyped(selection));
  yield* visit(selection, report, watch, { directories, look: new Inspector(report, watch.spill) });
}
