// Patterns for paths, as `exclude` in the config and the globs of `files` and `restore` use them.
//
// - Without a slash a pattern matches a name anywhere: `*.tmp`, `node_modules`.
// - With one it is anchored at the root: `/srv/cache`, `srv/cache`, `/home/*/.cache`, `/srv/**/build`.
// - A slash at the end restricts it to folders: `cache/`.
// - `*`, `?` and `[…]` never match a slash; `**` as a whole name matches any number of names.
import { bad, compileName, compilePath, type Fits, isGlob } from "./glob.ts";

/** Says whether a pattern matches an absolute path without a slash at its end. */
export type Matcher = (path: string, directory: boolean) => boolean;

/** The patterns of one kind: those for folders alone, or those for everything. */
interface Rules {
  readonly names: ReadonlySet<string>;
  readonly paths: ReadonlySet<string>;
  readonly nameGlobs: readonly Fits<string>[];
  readonly pathGlobs: readonly Fits<readonly string[]>[];
}

/**
 * Compiles patterns into one question about a path itself; what lies below a folder that matches is the asker's
 * affair. A walk that does not enter such a folder prunes all of it.
 *
 * @throws {Misuse} at the first pattern that cannot be used, with the remedy.
 */
export function excluder(patterns: readonly string[]): Matcher {
  const parsed = patterns.map(parse);
  const all = compile(parsed.filter(({ folders }) => !folders));
  const folders = compile(parsed.filter(({ folders }) => folders));
  return (path, directory) => matches(all, path) || (directory && matches(folders, path));
}

/**
 * Compiles patterns into one question: does a pattern match the path or a folder above it? So a glob selects an
 * entry, or everything below the folder it names.
 *
 * ```ts
 * import { matcher } from "./rules.ts";
 * import assert from "assert";
 * const wanted = matcher(["/etc/ssh", "*.conf"]);
 * assert.ok(wanted("/etc/ssh/sshd_config", false));
 * assert.ok(wanted("/srv/app/app.conf", false));
 * assert.ok(!wanted("/etc/passwd", false));
 * ```
 *
 * @throws {Misuse} at the first pattern that cannot be used, with the remedy.
 */
export function matcher(patterns: readonly string[]): Matcher {
  const itself = excluder(patterns);
  return (path, directory) => {
    if (itself(path, directory)) return true;
    for (let end = path.lastIndexOf("/"); end >= 0; end = path.lastIndexOf("/", end - 1)) {
      if (itself(path.slice(0, end) || "/", true)) return true;
      if (end === 0) break;
    }
    return false;
  };
}

/** A pattern, taken apart. */
export interface Parsed {
  readonly pattern: string;
  /** Whether it is for directories alone. */
  readonly folders: boolean;
  /** Whether it is a pattern for one name, wherever it is. */
  readonly anywhere: boolean;
  readonly names: readonly string[];
}

/** @throws {Misuse} for a pattern that cannot be used. */
export function parse(pattern: string): Parsed {
  const folders = pattern.endsWith("/") && pattern !== "/";
  const body = folders ? pattern.slice(0, -1) : pattern;
  if (body === "") throw bad(pattern, "it is empty", 'Remove it, or write "*" to match everything');
  if (body.includes("\0")) throw bad(pattern, "no path holds a NUL", "Remove the NUL");
  const names = pattern === "/" ? [] : body.replace(/^\//, "").split("/");
  if (names.some((name) => name === "" || name === "." || name === "..")) {
    throw bad(
      pattern,
      'no path that it is held against has an empty name, "." or ".."',
      "Write the plain path",
    );
  }
  return { pattern, folders, anywhere: !body.includes("/"), names };
}

function compile(patterns: readonly Parsed[]): Rules {
  const plain = patterns.filter(({ names }) => !names.some(isGlob));
  const globs = patterns.filter(({ names }) => names.some(isGlob));
  const nameOf = ({ names }: Parsed): string => names[0]!;
  return {
    names: new Set(plain.filter(({ anywhere }) => anywhere).map(nameOf)),
    paths: new Set(plain.filter(({ anywhere }) => !anywhere).map(({ names }) => "/" + names.join("/"))),
    nameGlobs: globs.filter(({ anywhere }) => anywhere).map((it) => compileName(nameOf(it), it.pattern)),
    pathGlobs: globs.filter(({ anywhere }) => !anywhere).map((it) => compilePath(it.names, it.pattern)),
  };
}

function matches({ names, paths, nameGlobs, pathGlobs }: Rules, path: string): boolean {
  if (paths.size > 0 && paths.has(path)) return true;
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (names.size > 0 && names.has(name)) return true;
  if (nameGlobs.length > 0 && nameGlobs.some((fits) => fits(name))) return true;
  if (pathGlobs.length === 0) return false;
  const components = path === "/" ? [] : path.slice(1).split("/");
  return pathGlobs.some((fits) => fits(components));
}
