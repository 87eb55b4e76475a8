import { Failure } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import { Globs, nothingMatches, type Selector } from "./globs.ts";
import type { Tree } from "./tree.ts";

export type { Selector };

/** What globs select in a tree. */
export interface Selected {
  readonly selected: Selector;
  /** Files that are selected only because a selected hard link is another name of theirs. */
  readonly linkTargets: ReadonlySet<string>;
  /** Globs that select nothing. */
  readonly unmatched: readonly string[];
  /** Globs that are used as paths. */
  readonly paths: readonly string[];
}

/**
 * Finds out what globs select in a tree; without globs, everything.
 *
 * @throws {Misuse} if a glob is not well formed; {@link Failure} if nothing matches any.
 */
export async function selectIn(tree: Tree, globs: readonly string[]): Promise<Selected> {
  const linkTargets = new Set<string>();
  if (globs.length === 0) return { selected: () => true, linkTargets, unmatched: [], paths: [] };
  const { selects, paths, all } = await preparedGlobs(tree, globs);
  await tree.each((entry) => {
    if (!selects(entry)) return;
    const { type, link } = entry;
    if (type === "hardlink" && !selects({ path: link!, type: "file" })) linkTargets.add(link!);
  });
  const { unmatched } = all;
  if (unmatched.length === globs.length) throw nothing(unmatched);
  return { selected: (it) => selects(it) || linkTargets.has(it.path), linkTargets, unmatched, paths };
}

/** Globs that have seen the tree if they have to. */
export async function preparedGlobs(
  tree: Tree,
  globs: readonly string[],
): Promise<{ readonly all: Globs; readonly selects: Selector; readonly paths: readonly string[] }> {
  const all = new Globs(globs);
  if (all.isAmbiguous) await tree.each(all.see);
  return { all, selects: all.selects, paths: all.decide() };
}

function nothing(globs: readonly string[]): Failure {
  const [first = "", ...others] = globs;
  const hint =
    "Run `files SNAPSHOT` without globs to see the paths; quote globs from the shell, such as '*.conf'";
  if (others.length === 0) return new Failure(nothingMatches(first), { hint });
  const details = globs.slice(0, 5).map((glob) => `"${printable(glob)}"`);
  const more = globs.length > 5 ? [`… and ${globs.length - 5} more`] : [];
  return new Failure("Nothing in the snapshot matches:", { details: [...details, ...more], hint });
}
