// Patterns for paths, as `exclude` in the config and the globs of `files` and `restore` use them.
//
// - Without a slash a pattern matches a name anywhere: `*.tmp`, `node_modules`.
// - With one it is anchored at the root: `/srv/cache`, `srv/cache`, `/home/*/.cache`, `/srv/**/build`.
// - A slash at the end restricts it to directories: `cache/`.
// - `*`, `?` and `[…]` never match a slash; `**` as a whole name matches any number of names.
import { bad, compileName, compilePath, type Fits, isGlob, type PathFits } from "./glob.ts";

/** Reports whether a pattern matches an absolute path without a slash at its end. */
export type Matcher = (path: string, directory: boolean) => boolean;

/** Patterns of one kind: those for directories only, or those for everything. */
interface Rules {
  readonly names: ReadonlySet<string>;
  readonly paths: ReadonlySet<string>;
  readonly nameGlobs: readonly Fits<string>[];
  /** Lengths of all `paths`, each once. */
  readonly lengths: readonly number[];
  readonly pathGlobs: readonly PathFits[];
}

/**
 * Compiles patterns into one function that matches the path itself. Entries below a matching directory do not
 * match: a walk that does not enter the directory leaves them out.
 *
 * @throws {Misuse} at the first malformed pattern, with the remedy.
 */
export function excluder(patterns: readonly string[]): Matcher {
  const { all, directories } = compileBoth(patterns);
  return (path, directory) => matches(all, path) || (directory && matches(directories, path));
}

/**
 * Compiles patterns into one function that matches the path or a directory above it. So a glob selects an
 * entry, or everything below the directory that it names.
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
 * @throws {Misuse} at the first malformed pattern, with the remedy.
 */
export function matcher(patterns: readonly string[]): Matcher {
  const { all, directories } = compileBoth(patterns);
  return (path, directory) => selects(all, path, true) || selects(directories, path, directory);
}

function compileBoth(patterns: readonly string[]): { readonly all: Rules; readonly directories: Rules } {
  const parsed = patterns.map(parse);
  return {
    all: compile(parsed.filter(({ directories }) => !directories)),
    directories: compile(parsed.filter(({ directories }) => directories)),
  };
}

/** Parsed pattern. */
export interface Parsed {
  readonly pattern: string;
  /** Whether it matches directories only. */
  readonly directories: boolean;
  /** Whether it matches a single name in any directory. */
  readonly anywhere: boolean;
  readonly names: readonly string[];
}

/** Maximum length of a pattern in characters: no path that is restored is longer. */
const MAX_PATTERN = 4096;

/**
 * Parses a pattern.
 *
 * @throws {Misuse} if the pattern is malformed.
 */
export function parse(pattern: string): Parsed {
  const directories = pattern.endsWith("/") && pattern !== "/";
  const body = directories ? pattern.slice(0, -1) : pattern;
  if (pattern.length > MAX_PATTERN) {
    throw bad(
      `${pattern.slice(0, 40)}…`,
      `it has more than ${MAX_PATTERN} characters`,
      "Write a shorter one, with `*`",
    );
  }
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
  return { pattern, directories, anywhere: !body.includes("/"), names };
}

function compile(patterns: readonly Parsed[]): Rules {
  const plain = patterns.filter(({ names }) => !names.some(isGlob));
  const globs = patterns.filter(({ names }) => names.some(isGlob));
  const nameOf = ({ names }: Parsed): string => names[0]!;
  const paths = new Set(plain.filter(({ anywhere }) => !anywhere).map(({ names }) => "/" + names.join("/")));
  return {
    names: new Set(plain.filter(({ anywhere }) => anywhere).map(nameOf)),
    paths,
    lengths: [...new Set([...paths].map(({ length }) => length))],
    nameGlobs: globs.filter(({ anywhere }) => anywhere).map((it) => compileName(nameOf(it), it.pattern)),
    pathGlobs: globs.filter(({ anywhere }) => !anywhere).map((it) => compilePath(it.names, it.pattern)),
  };
}

function matches({ names, paths, nameGlobs, pathGlobs }: Rules, path: string): boolean {
  if (paths.size > 0 && paths.has(path)) return true;
  if (names.size + nameGlobs.length > 0) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (names.has(name) || nameGlobs.some((fits) => fits(name))) return true;
  }
  if (pathGlobs.length === 0) return false;
  const components = namesOf(path);
  return pathGlobs.some((fits) => fits.whole(components));
}

/** Name of the root, which is above everything. */
const ROOT = "";

/**
 * Whether a pattern matches a directory above the path or, if `included`, the path itself. It takes time
 * proportional to the length of the path, because paths of a hostile host have up to 16,000 names.
 */
function selects(rules: Rules, path: string, included: boolean): boolean {
  const { names, paths, lengths, nameGlobs, pathGlobs } = rules;
  if (lengths.some((length) => isBegin(path, length, included, paths))) return true;
  if (names.size + nameGlobs.length + pathGlobs.length === 0) return false;
  const components = namesOf(path);
  const most = Math.max(0, included ? components.length : components.length - 1);
  for (let at = -1; at < most && names.size + nameGlobs.length > 0; at++) {
    const name = components[at] ?? ROOT;
    if (names.has(name) || nameGlobs.some((fits) => fits(name))) return true;
  }
  return pathGlobs.some((fits) => fits.upTo(components, most));
}

/**
 * Whether the first `length` characters of a path are one of `paths`: a directory above it or, if `included`,
 * the path itself.
 */
function isBegin(path: string, length: number, included: boolean, paths: ReadonlySet<string>): boolean {
  if (length === 1) return paths.has("/");
  const fits = path.length === length ? included : path[length] === "/";
  return fits && paths.has(path.slice(0, length));
}

function namesOf(path: string): string[] {
  return path === "/" ? [] : path.slice(1).split("/");
}
