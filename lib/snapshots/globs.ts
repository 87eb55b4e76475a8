import { type Entry, isMemberPath } from "../model/entry.ts";
import { Misuse } from "../model/failure.ts";
import { printable, unprinted } from "../model/printable.ts";
import { isGlob } from "../source/glob.ts";
import { type Matcher, matcher } from "../source/rules.ts";

/** Whether an entry is wanted. */
export type Selector = (entry: Pick<Entry, "path" | "type">) => boolean;

/** One argument, and whether it has selected anything. */
interface Wanted {
  readonly glob: string;
  /** Paths that it may be meant to be, as `files` prints them or as they are. */
  readonly literal: readonly string[];
  /** Whether a slash at its end restricts it to directories. */
  readonly directory: boolean;
  matches: Matcher | undefined;
  /** Why it cannot be used as a glob. */
  readonly problem: Misuse | undefined;
  found: boolean;
}

/**
 * The globs that select entries of a snapshot: each selects what matches, and everything below a directory that does. An
 * argument that is the path of an entry selects that, whatever characters are in it: what `files` prints can be given back.
 * To know that, entries have to be seen before: see {@link isAmbiguous}.
 */
export class Globs {
  readonly #all: readonly Wanted[];
  /** Those that are paths, by the paths. */
  readonly #paths = new Map<string, Wanted[]>();
  /** The lengths of these paths. */
  readonly #lengths = new Set<number>();
  readonly #names = new Map<string, Wanted>();
  readonly #globs: Wanted[] = [];
  /** Paths that arguments may be. */
  readonly #candidates = new Map<string, Wanted[]>();

  /** @throws {Misuse} if an argument can be neither a path nor a glob. */
  constructor(globs: readonly string[]) {
    this.#all = globs.map(wanted);
    for (const it of this.#all) {
      if (isAmbiguous(it)) { for (const path of it.literal) add(this.#candidates, path, it); }
      else this.#take(it);
    }
  }

  /** Whether an argument could be a path or a glob: then {@link see} has to be asked of all entries before. */
  get isAmbiguous(): boolean {
    return this.#candidates.size > 0;
  }

  /** Looks whether an entry is what an argument names. */
  readonly see = ({ path, type }: Entry): void => {
    for (const it of this.#candidates.get(path) ?? []) {
      if (!it.directory || type === "directory") this.#takePath(path, it);
    }
  };

  /**
   * Decides about what is ambiguous when all entries were seen.
   *
   * @returns The arguments that are paths of entries, though they could be globs.
   * @throws {Misuse} if what is not the path of an entry cannot be used as a glob.
   */
  decide(): string[] {
    const ambiguous = new Set([...this.#candidates.values()].flat());
    this.#candidates.clear();
    const paths = new Set([...this.#paths.values()].flat());
    for (const it of ambiguous) if (!paths.has(it)) this.#take(it);
    return [...ambiguous].filter((it) => paths.has(it) && isGlob(it.glob)).map(({ glob }) => glob);
  }

  readonly selects: Selector = ({ path, type }) => {
    let selected = false;
    const select = (it: Wanted): void => {
      it.found = true;
      selected = true;
    };
    for (const length of this.#lengths) {
      if (path.length !== length && path[length] !== "/") continue;
      for (const it of this.#paths.get(path.slice(0, length)) ?? []) {
        if (!it.directory || path.length > length || type === "directory") select(it);
      }
    }
    if (this.#names.size > 0) {
      for (const name of path.split("/")) {
        const it = this.#names.get(name);
        if (it !== undefined) select(it);
      }
    }
    for (const it of this.#globs) {
      if (selected && it.found) continue;
      if (it.matches!(`/${path}`, type === "directory")) select(it);
    }
    return selected;
  };

  /** The arguments that have selected nothing so far. */
  get unmatched(): string[] {
    return this.#all.filter(({ found }) => !found).map(({ glob }) => glob);
  }

  #take(it: Wanted): void {
    if (it.problem !== undefined) throw it.problem;
    const isPlain = !isGlob(it.glob) && !it.glob.includes("\\");
    const isAnchored = it.glob.slice(0, -1).includes("/");
    if (isPlain && isAnchored && it.literal.length === 1) this.#takePath(it.literal[0]!, it);
    else if (isPlain && !it.glob.includes("/")) this.#names.set(it.glob, it);
    else this.#globs.push(it);
  }

  #takePath(path: string, it: Wanted): void {
    add(this.#paths, path, it);
    this.#lengths.add(path.length);
  }
}

/**
 * Takes an argument apart. `files --json` prints paths without a slash at their beginning, so an entry at the root is named
 * without any: that matters for brackets alone, since every other glob matches itself.
 */
function wanted(glob: string): Wanted {
  const directory = glob.endsWith("/");
  const forms = [...new Set([glob, unprinted(glob) ?? glob])];
  const literal = forms.filter((form) => /[/[]/.test(form))
    .map((form) => form.replace(/^\//, "").replace(/\/$/, "")).filter(isMemberPath);
  try {
    return { glob, literal, directory, matches: matcher(forms), problem: undefined, found: false };
  } catch (problem) {
    if (!(problem instanceof Misuse) || literal.length === 0) throw problem;
    return { glob, literal, directory, matches: undefined, problem, found: false };
  }
}

function isAmbiguous({ glob, literal, problem }: Wanted): boolean {
  return literal.length > 0 && (isGlob(glob) || glob.includes("\\") || problem !== undefined);
}

function add(paths: Map<string, Wanted[]>, path: string, it: Wanted): void {
  const there = paths.get(path);
  if (there === undefined) paths.set(path, [it]);
  else there.push(it);
}

/** Returns the message for an argument that has selected nothing. */
export function nothingMatches(glob: string): string {
  return `Nothing in the snapshot matches "${printable(glob)}"`;
}

/** Returns the message for an argument that is a path, although it could be a glob. */
export function takenAsPath(glob: string): string {
  return `"${printable(glob)}" is the path of an entry, so it is not used as a glob`;
}
