import type { Entry } from "../model/entry.ts";
import { matcher } from "../source/rules.ts";

/**
 * Which entries globs select: those that match, and everything below a folder that does. Without globs, all.
 *
 * @throws {Misuse} when a glob is not well formed.
 */
export function selector(globs: readonly string[]): (entry: Entry) => boolean {
  if (globs.length === 0) return () => true;
  const matches = matcher(globs);
  return ({ path, type }) => matches("/" + path, type === "directory");
}
