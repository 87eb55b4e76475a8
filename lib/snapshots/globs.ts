import { type Entry, isMemberPath } from "../model/entry.ts";
import { Misuse } from "../model/failure.ts";
import { printable, unprinted } from "../model/printable.ts";
import { isGlob } from "../source/glob.ts";
import { type Matcher, matcher } from "../source/rules.ts";

/** Whether an entry is selected. */
export type Selector = (entry: Pick<Entry, "path" | "type">) => boolean;

/** Argument, and whether it has selected anything. */
interface Wanted {
  readonly glob: string;
  /** Paths that it can mean, as `files` prints them or as they are. */
  readonly literal: readonly string[];
  /** Whether a slash at its end restricts it to directories. */
  readonly directory: boolean;
  matches: Matcher | undefined;
  /** Reason why it cannot be used as a glob; undefined if it can. */
  readonly problem: Misuse | undefined;
  found: boolean;
}

/**
 * Globs that select entries of a snapshot: each selects matching entries, and everything below a matching
 * directory. An argument that is the path of an entry selects this entry, whatever characters it contains, so
 * the output of `files` can be used as an argument. To find out, all entries must be seen before: see {@link
 * isAmbiguous}.
 */
export class Globs {
  readonly #all: readonly Wanted[];
  /** Arguments that are paths, by the paths. */
  readonly #paths = new Map<string, Wanted[]>();
  /** Lengths of these paths. */
  readonly #lengths = new Set<number>();
  readonly #names = new Map<string, Wanted>();
  readonly #globs: Wanted[] = [];
  /** Paths that ambiguous arguments can mean. */
  readonly #candidates = new Map<string, Wanted[]>();

  /**
   * Parses the arguments.
   *
   * @throws {Misuse} if an argument can be neither a path nor a glob.
   */
  constructor(globs: readonly string[]) {
    this.#all = globs.map(wanted);
    for (const it of this.#all) {
      if (isAmbiguous(it)) { for (const path of it.literal) add(this.#candidates, path, it); }
      else this.#take(it);
    }
  }

  /**
   * Whether an argument could be a path or a glob: then {@link see} must be called with all entries before.
   */
  get isAmbiguous(): boolean {
    return this.#candidates.size > 0;
  }

  /** Checks whether an argument is the path of an entry. */
  readonly see = ({ path, type }: Entry): void => {
    for (const it of this.#candidates.get(path) ?? []) {
      if (!it.directory || type === "directory") this.#takePath(path, it);
    }
  };

  /**
   * Decides whether ambiguous arguments are paths or globs. Call it when all entries were seen.
   *
   * @returns Arguments that are paths of entries, although they could be globs.
   * @throws {Misuse} if an argument that is not the path of an entry is not valid as a glob.
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

  /** Whether a path is one that an ambiguous argument may be. It is asked for each line of an index, so without any it hashes none. */
  isCandidate(path: string): boolean {
    return this.isAmbiguous && this.#candidates.has(path);
  }

  /** Whether an entry may be selected, whatever is decided about ambiguous arguments. */
  readonly maySelect: Selector = (entry) => {
    if (this.selects(entry)) return true;
    const { path, type } = entry;
    for (const [candidate, wanted] of this.#candidates) {
      if (path === candidate || path.startsWith(`${candidate}/`)) return true;
      if (wanted.some(({ matches }) => matches?.(`/${path}`, type === "directory"))) return true;
    }
    return false;
  };

  /** Whether a path that lies in a text may be selected: false if all arguments are paths, and it is neither one of them nor below one. */
  readonly maySelectIn = (text: string, from: number, to: number): boolean => {
    const others = this.#names.size + this.#globs.length + this.#candidates.size;
    if (others > 0 || this.#paths.size > MAX_TRIED) return true;
    for (const path of this.#paths.keys()) {
      const end = from + path.length;
      if (text.startsWith(path, from) && (end === to || text[end] === "/")) return true;
    }
    return false;
  };

  /** Arguments that have selected nothing so far. */
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

/** Maximum number of paths that are tried one by one. */
const MAX_TRIED = 8;

/**
 * Parses an argument. `files --json` prints paths without a leading slash, so an entry at the root is named
 * without one. This matters only for brackets, because every other glob matches itself.
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
export function nothingMatches(glob: string, where = "the snapshot"): string {
  return `Nothing in ${where} matches "${printable(glob)}"`;
}

/** Returns the message for an argument that is a path, although it could be a glob. */
export function takenAsPath(glob: string): string {
  return `"${printable(glob)}" is the path of an entry, so it is not used as a glob`;
}
