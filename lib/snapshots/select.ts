import { Failure } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import { Globs, nothingMatches, type Selector } from "./globs.ts";
import type { Tree } from "./tree.ts";

export type { Selector };

/** Entries of a tree that globs select. */
export interface Selected {
  readonly selected: Selector;
  /** Files that are selected only because a selected hard link points to them. */
  readonly linkTargets: ReadonlySet<string>;
  /** Globs that select nothing. */
  readonly unmatched: readonly string[];
  /** Globs that are used as paths. */
  readonly paths: readonly string[];
}

/**
 * Returns the entries of a tree that globs select, without those that others exclude; without globs,
 * everything.
 *
 * @throws {Misuse} if a glob is malformed.
 * @throws {Failure} if nothing matches any glob.
 */
export async function selectIn(
  tree: Tree,
  globs: readonly string[],
  exclude: readonly string[] = [],
): Promise<Selected> {
  const linkTargets = new Set<string>();
  const wanted = await preparedGlobs(tree, globs);
  const excluded = await preparedGlobs(tree, exclude);
  const selects: Selector = (it) =>
    (globs.length === 0 || wanted.selects(it)) && (exclude.length === 0 || !excluded.selects(it));
  if (globs.length > 0 || exclude.length > 0) {
    await tree.each((entry) => {
      const { type, link } = entry;
      if (!selects(entry) || type !== "hardlink") return;
      if (!selects({ path: link!, type: "file" })) linkTargets.add(link!);
    });
  }
  const { unmatched } = wanted.all;
  if (globs.length > 0 && unmatched.length === globs.length) throw nothingSelected(unmatched);
  return {
    selected: (it) => selects(it) || linkTargets.has(it.path),
    linkTargets,
    unmatched: [...unmatched, ...excluded.all.unmatched],
    paths: [...wanted.paths, ...excluded.paths],
  };
}

/** Returns globs that have seen the tree, if this is needed. */
export async function preparedGlobs(
  tree: Tree,
  globs: readonly string[],
): Promise<{ readonly all: Globs; readonly selects: Selector; readonly paths: readonly string[] }> {
  const all = new Globs(globs);
  if (all.isAmbiguous) await tree.each(all.see);
  return { all, selects: all.selects, paths: all.decide() };
}

/** Returns the error if no glob selects anything. */
export function nothingSelected(globs: readonly string[]): Failure {
  const [first = "", ...others] = globs;
  const hint =
    "Run `nightdrop files SNAPSHOT` without globs to see the paths; quote globs from the shell, such as '*.conf'";
  if (others.length === 0) return new Failure(nothingMatches(first), { hint });
  const details = globs.slice(0, 5).map((glob) => `"${printable(glob)}"`);
  const more = globs.length > 5 ? [`… and ${globs.length - 5} more`] : [];
  return new Failure("Nothing in the snapshot matches:", { details: [...details, ...more], hint });
}
