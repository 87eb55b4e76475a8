/**
 * Matches globs. This is done by hand because packages compile globs to regular expressions, some of which
 * take exponential time (https://github.com/micromatch/picomatch/issues/175).
 *
 * @module
 */
import { Misuse } from "../model/failure.ts";

/** Reports whether one name, or the consecutive names of a path, match. */
export type Fits<T> = (candidate: T) => boolean;

/**
 * Compiles a glob for one name: `*` matches any characters, `?` one character, `[…]` one of a set with
 * ranges, negated by `!` or `^`. A backslash has no special meaning; `[*]` matches a star.
 *
 * The glob is split at its stars into pieces that each match a fixed number of characters. The leftmost match
 * of a piece leaves the most characters for the others, so nothing is tried twice: the worst case is the
 * length of the name times that of the glob.
 *
 * @param pattern Pattern that contains the glob, for messages.
 * @throws {Misuse} if the glob is malformed.
 */
export function compileName(glob: string, pattern: string): Fits<string> {
  if (!isGlob(glob)) return (name) => name === glob;
  const [first, ...rest] = pieces(glob, pattern);
  const last = rest.pop();
  if (last === undefined) return wholeMatch(`^${first}$`);
  const head = new RegExp(`^${first}`, "su");
  const middle = rest.filter((piece) => piece !== "").map((piece) => new RegExp(piece, "gsu"));
  const tail = new RegExp(`${last}$`, "su");
  return (name) => {
    let at = head.exec(name)?.[0].length;
    if (at === undefined) return false;
    for (const piece of middle) {
      piece.lastIndex = at;
      if (!piece.test(name)) return false;
      at = piece.lastIndex;
    }
    const end = tail.exec(name);
    return end !== null && end.index >= at;
  };
}

/** Reports whether the names of a path, from the root on, match. */
export interface PathFits {
  /** Whether the whole path matches. */
  whole(path: readonly string[]): boolean;
  /** Whether the path or a directory above it matches, with at most `most` names. */
  upTo(path: readonly string[], most: number): boolean;
}

/**
 * Compiles globs for a path, given as its names from the root on. `**` matches any number of names; at the
 * end at least one. As in {@link compileName}, nothing is tried twice.
 */
export function compilePath(names: readonly string[], pattern: string): PathFits {
  const [first, ...rest] = cutAtDoubleStars(names).map((run) =>
    run.map((name) => compileName(name, pattern))
  );
  const last = rest.pop();
  return {
    whole(path): boolean {
      if (last === undefined) return path.length === first!.length && runFits(first!, path, 0);
      if (!runFits(first!, path, 0)) return false;
      const end = path.length - last.length;
      const at = placed(rest, path, first!.length, path.length);
      return at !== undefined && at <= end && runFits(last, path, end);
    },
    upTo(path, most): boolean {
      if (first!.length > most || !runFits(first!, path, 0)) return false;
      return last === undefined || placed([...rest, last], path, first!.length, most) !== undefined;
    },
  };
}

/**
 * Returns where the leftmost matches of consecutive runs end; undefined if they do not all match before
 * `end`.
 */
function placed(
  runs: readonly (readonly Fits<string>[])[],
  path: readonly string[],
  from: number,
  end: number,
): number | undefined {
  let at = from;
  for (const run of runs) {
    while (at + run.length <= end && !runFits(run, path, at)) at++;
    at += run.length;
  }
  return at <= end ? at : undefined;
}

function runFits(run: readonly Fits<string>[], path: readonly string[], from: number): boolean {
  return from + run.length <= path.length && run.every((fits, at) => fits(path[from + at]!));
}

function cutAtDoubleStars(names: readonly string[]): string[][] {
  const runs: string[][] = [[]];
  for (const name of names) {
    if (name === "**") runs.push([]);
    else runs.at(-1)!.push(name);
  }
  if (names.at(-1) === "**") runs.at(-1)!.push("*");
  return runs;
}

function wholeMatch(source: string): Fits<string> {
  const expression = new RegExp(source, "su");
  return (name) => expression.test(name);
}

/** Returns the regular expressions between the stars of a glob. None of them contains a quantifier. */
function pieces(glob: string, pattern: string): string[] {
  const characters = [...glob];
  const found = [""];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!;
    if (character === "*") {
      found.push("");
    } else if (character === "?") {
      found[found.length - 1] += ".";
    } else if (character === "[") {
      const end = endOfSet(characters, at, pattern);
      found[found.length - 1] += set(characters.slice(at + 1, end), pattern);
      at = end;
    } else {
      found[found.length - 1] += literal(character);
    }
  }
  return found;
}

/** Returns the index of the `]` that ends a set. A `]` at the beginning is a member of the set. */
function endOfSet(characters: readonly string[], start: number, pattern: string): number {
  const first = start + (isNegation(characters[start + 1]) ? 2 : 1);
  const end = characters.indexOf("]", first + 1);
  if (end < 0) throw bad(pattern, "a [ is not closed", "Write [[] for the character itself");
  return end;
}

function set(members: readonly string[], pattern: string): string {
  const negated = isNegation(members[0]);
  const rest = negated ? members.slice(1) : members;
  if (/\[[:.=]/.test(rest.join(""))) {
    throw bad(pattern, "named classes like [:alpha:] are not known", "Write ranges: [A-Za-z]");
  }
  let source = "";
  for (let at = 0; at < rest.length; at++) {
    const from = rest[at]!;
    const to = rest[at + 1] === "-" ? rest[at + 2] : undefined;
    if (to === undefined) {
      source += literal(from);
      continue;
    }
    if (to.codePointAt(0)! < from.codePointAt(0)!) {
      throw bad(pattern, `the range ${from}-${to} is reversed`, `Write ${to}-${from}`);
    }
    source += `${literal(from)}-${literal(to)}`;
    at += 2;
  }
  return negated ? `[^${source}]` : `[${source}]`;
}

function isNegation(character: string | undefined): boolean {
  return character === "!" || character === "^";
}

function literal(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}

/** Whether a name in a pattern contains special characters. */
export function isGlob(name: string): boolean {
  return /[*?[]/.test(name);
}

/** Returns the error for a malformed pattern. */
export function bad(pattern: string, what: string, hint: string): Misuse {
  return new Misuse(`Pattern "${pattern}" cannot be used: ${what}`, { hint });
}
