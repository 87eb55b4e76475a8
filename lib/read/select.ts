import type { Entry } from "../model/entry.ts";
import { Failure } from "../model/failure.ts";
import { matcher } from "../source/rules.ts";
import type { Tree } from "./tree.ts";

/** Whether an entry is wanted. */
export type Selector = (entry: Pick<Entry, "path" | "type">) => boolean;

/**
 * Which entries globs select: those that match, and everything below a folder that does. Without globs, all.
 *
 * @throws {Misuse} when a glob is not well formed.
 */
export function selector(globs: readonly string[]): Selector {
  if (globs.length === 0) return () => true;
  const matches = matcher(globs);
  return ({ path, type }) => matches("/" + path, type === "directory");
}

/**
 * What globs select in a tree, and the files that selected hard links are other names of, which come along.
 *
 * @throws {Misuse} when a glob is not well formed; {@link Failure} when nothing matches.
 */
export async function selectIn(
  tree: Tree,
  globs: readonly string[],
): Promise<{ selected: Selector; along: ReadonlySet<string> }> {
  const selected = selector(globs);
  const along = new Set<string>();
  if (globs.length === 0) return { selected, along };
  let found = false;
  await tree.each((entry) => {
    if (!selected(entry)) return;
    found = true;
    if (entry.type === "hardlink" && !selected({ ...entry, path: entry.link!, type: "file" })) {
      along.add(entry.link!);
    }
  });
  if (!found) {
    throw new Failure(`Nothing in the snapshot matches ${globs.join(" ")}`, { hint: "`files` lists it" });
  }
  return { selected: (entry) => selected(entry) || along.has(entry.path), along };
}
