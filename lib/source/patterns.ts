import type { Selection } from "../model/selection.ts";
import { compileName, isGlob } from "./glob.ts";
import { excluder, type Matcher, parse, type Parsed } from "./rules.ts";

/**
 * Returns the faults of the patterns of a selection: patterns that can match nothing below a declared path,
 * and patterns that are probably mistakes.
 *
 * @throws {Misuse} if a pattern is malformed.
 */
export function patternFaults({ exclude, paths }: Selection): string[] {
  return exclude.flatMap((pattern) => {
    const fault = faultOf(pattern, parse(pattern), paths);
    return fault === undefined ? [] : [`The pattern "${pattern}" of "exclude" ${fault}`];
  });
}

function faultOf(pattern: string, parsed: Parsed, paths: readonly string[]): string | undefined {
  excluder([pattern]); // throws for a malformed set
  if (parsed.names.some((name) => !isGlob(name) && byteLength(name) > MAX_NAME_BYTES)) {
    return `matches nothing: a name has at most ${MAX_NAME_BYTES} bytes`;
  }
  if (parsed.anywhere) return blankFault(pattern);
  if (paths.some((path) => canMatchBelow(path, parsed.names))) return blankFault(pattern);
  if (pattern.startsWith("~")) return "matches nothing: only a shell knows ~. Write the path";
  if (!pattern.startsWith("/")) {
    return `matches nothing: with a slash in it, it begins at the root. Write "**/${pattern}" to match it anywhere`;
  }
  const covered = paths.find((path) => excluder([pattern])(path, true));
  if (covered === undefined) return "matches nothing: it lies outside every declared path";
  return `matches nothing: it leaves out nothing that is declared itself. Remove "${covered}" from "paths" instead`;
}

const MAX_NAME_BYTES = 255;

function blankFault(pattern: string): string | undefined {
  return pattern === pattern.trim() ? undefined : "begins or ends with a blank. Remove it unless names do";
}

/** Whether names can match something below a path. `**` matches any number of names. */
function canMatchBelow(path: string, names: readonly string[]): boolean {
  let states = skipped(new Set([0]), names);
  for (const component of path.split("/").filter((it) => it !== "")) {
    const next = new Set<number>();
    for (const at of states) {
      if (names[at] === "**") next.add(at);
      else if (at < names.length && compileName(names[at]!, names[at]!)(component)) next.add(at + 1);
    }
    states = skipped(next, names);
  }
  return [...states].some((at) => at < names.length);
}

/** Adds the states after each `**`, which may match no name. */
function skipped(states: Set<number>, names: readonly string[]): Set<number> {
  for (const at of states) if (names[at] === "**" && at + 1 < names.length) states.add(at + 1);
  return states;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Finds the rules of a selection that match nothing in a walk. */
export class PatternUse {
  readonly #patterns: Map<string, Matcher>;
  readonly #markers: Set<string>;

  constructor({ exclude, excludeIfPresent }: Selection) {
    this.#patterns = new Map(exclude.map((pattern) => [pattern, excluder([pattern])]));
    this.#markers = new Set(excludeIfPresent);
  }

  /** Records a path that was left out. */
  excluded(path: string, directory: boolean): void {
    for (const [pattern, matches] of this.#patterns) {
      if (matches(path, directory)) this.#patterns.delete(pattern);
    }
  }

  /** Records a marker that excluded its directory. */
  marked(marker: string): void {
    this.#markers.delete(marker);
  }

  /** Returns the patterns that matched nothing in the whole walk. */
  unused(): string[] {
    return [
      ...[...this.#patterns.keys()].map((pattern) =>
        `The pattern "${pattern}" of "exclude" matches nothing now`
      ),
      ...[...this.#markers].map((marker) => `No directory holds "${marker}" of "excludeIfPresent" now`),
    ];
  }
}
