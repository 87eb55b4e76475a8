import { Conflicts } from "../extract/conflict.ts";
import { isBelow } from "../extract/layout.ts";
import { isOfStage } from "../extract/stage_directory.ts";
import { refuseExposed } from "../extract/target.ts";
import { Failure } from "../model/failure.ts";
import { firstOf, StripCheck } from "./strip_check.ts";
import type { Selector } from "../snapshots/select.ts";
import type { Tree } from "../snapshots/tree.ts";

/** Target of a restore, as it is inspected. */
export interface Inspected {
  readonly target: string;
  readonly overwrite: boolean;
  /** Directory of the snapshot that becomes the target. */
  readonly strip: string;
}

/**
 * Inspects the target before anything is fetched.
 *
 * @returns Directories of the target on which something is mounted, and into which something would be
 *   restored.
 * @throws {Failure} if an existing file would be overwritten.
 * @throws {Misuse} if others could change the target, if `strip` is not a directory, or if a selected entry
 *   is not below it.
 */
export async function inspectTarget(tree: Tree, selected: Selector, what: Inspected): Promise<string[]> {
  const { target, overwrite, strip } = what;
  refuseExposed(target);
  const empty = isEmpty(target);
  if (empty && strip === "") return []; // the indexes need not be read
  const conflicts = new Conflicts(target, overwrite);
  const found: string[] = [];
  const check = new StripCheck(strip);
  await tree.each((entry) => {
    const isSelected = selected(entry);
    check.look(entry, isSelected);
    if (isSelected && !empty && isBelow(strip, entry.path)) {
      const { path, type } = entry;
      const why = conflicts.of({ path: strip === "" ? path : path.slice(strip.length + 1), type });
      if (why !== undefined && !overwrite) found.push(why);
    }
  });
  check.end();
  if (found.length > 0) throw wouldOverwrite(target, found, conflicts.overwriteHelps);
  return conflicts.mounts;
}

function wouldOverwrite(target: string, found: readonly string[], overwriteHelps: boolean): Failure {
  return new Failure(`Would overwrite in "${target}":`, {
    details: firstOf(found),
    hint: overwriteHelps
      ? "Restore into an empty directory, or add --overwrite"
      : "Restore into an empty directory, or move away what exists there",
  });
}

function isEmpty(target: string): boolean {
  try {
    return !Deno.readDirSync(target).some(({ name }) => !isOfStage(name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    if (error instanceof Deno.errors.NotADirectory) return false; // a later check reports it in better words
    throw error;
  }
}
