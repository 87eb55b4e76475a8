import { printable } from "../model/printable.ts";
import type { Selection } from "../model/selection.ts";
import type { ReportTrouble } from "../model/trouble.ts";
import { lookAtDeclared, walkOrder } from "./declared.ts";
import { entryTypeOf, type SourceEntry, type Stat } from "./entry.ts";
import type { Directories } from "./directories.ts";
import type { Look } from "./inspect.ts";
import { type Names, namesOf } from "./listing.ts";
import { PathMap } from "../model/path_map.ts";
import { sortedByUtf8 } from "../model/utf8_order.ts";
import { isKernelDirectory, KERNEL_DIRECTORY, Mounts } from "./mounts.ts";
import { excluder, type Matcher } from "./rules.ts";
import { markersIn } from "./tags.ts";
import { Turn } from "../model/turn.ts";
import { troubleSince, words } from "./trouble.ts";
import type { WalkWatch } from "./walk_watch.ts";
import { isWide } from "./wide.ts";

/** Access of a walk to the file system. */
export interface View {
  readonly directories: Directories;
  readonly look: Look;
}

/** Visits what {@linkcode walkWithGaps} does, through a view. */
export function* visit(
  selection: Selection,
  report: ReportTrouble,
  watch: WalkWatch,
  view: View,
): Generator<SourceEntry | undefined> {
  const walker = new Walker(selection, report, watch, view);
  for (const path of walkOrder(selection)) {
    const top = walker.top(path);
    if (top !== undefined && path !== "/") yield top.entry; // the root has no member path
    if (top?.isEntered) yield* walker.below(top.entry);
  }
}

const MADE_UP = "it holds what the kernel makes up, no data";

/** Directory that the walk has entered. */
interface Directory {
  /** Path; empty for the root, so that the path of an entry is always `path`, a slash and its name. */
  readonly path: string;
  readonly dev: number;
  /** Names that the walk has not visited yet. */
  readonly names: Names;
  /** Name that was visited before. */
  last: string | undefined;
  readonly mount: { readonly path: string; entries: number };
}

/** State of one walk. Many fields because it has the rules of a selection, and helpers. */
class Walker {
  readonly #selection: Selection;
  readonly #report: ReportTrouble;
  readonly #watch: WalkWatch;
  readonly #declared: PathMap<true>;
  readonly #excluded: Matcher;
  /** Whether there are patterns for directories only. */
  readonly #typed: boolean;
  readonly #mounts = new Mounts();
  readonly #look: Look;
  readonly #directories: Directories;
  readonly #turn = new Turn();
  /** Whether the directory that was inspected last is wide. */
  #isWide = false;

  constructor(selection: Selection, report: ReportTrouble, watch: WalkWatch, view: View) {
    this.#selection = selection;
    this.#report = report;
    this.#watch = watch;
    this.#declared = new PathMap(selection.paths.map((path) => [path, true]));
    this.#excluded = excluder(selection.exclude);
    this.#typed = isTyped(selection);
    this.#look = view.look;
    this.#directories = view.directories;
  }

  /**
   * Returns the entry of a declared path, and whether the walk enters it; undefined if it cannot be stored. No
   * rule applies to the path itself.
   */
  top(path: string): { readonly entry: SourceEntry; readonly isEntered: boolean } | undefined {
    const { stat, fault } = lookAtDeclared(path, this.#declared);
    const around = stat && this.#watch.own?.around(path, stat);
    if (around !== undefined) {
      return void this.#unread(path, `it is part of ${around.what}, "${printable(around.path)}"`);
    }
    if (fault !== undefined) this.#unread(path, fault);
    if (stat === undefined || entryTypeOf(stat) === undefined) return undefined;
    this.#isWide = isWide(stat);
    const entry = this.#look.entry(path, stat);
    return entry && { entry, isEntered: entry.type === "directory" && fault === undefined };
  }

  /** Yields everything below the directory at a declared path. */
  *below(top: SourceEntry): Generator<SourceEntry | undefined> {
    const mounts: { path: string; entries: number }[] = [];
    const stack = yield* this.#entered(top, undefined, mounts);
    for (let directory = stack.at(-1); directory !== undefined; directory = stack.at(-1)) {
      if (this.#turn.isOver || !directory.names.isReady()) {
        yield undefined;
        this.#turn.begin();
        continue;
      }
      const name = directory.names.next();
      if (name === undefined) {
        stack.pop();
        continue;
      }
      if (this.#isRepeated(name, directory)) continue;
      const isDirectory = this.#typed && directory.names.isDirectory();
      const entry = this.#entry(`${directory.path}/${name}`, directory, isDirectory);
      if (entry === undefined) continue;
      directory.mount.entries += 1;
      yield entry;
      if (entry.type === "directory" && this.#mayEnter(entry, directory.dev)) {
        stack.push(...(yield* this.#entered(entry, directory, mounts)));
      }
    }
    this.#watch.passed?.({ path: top.file, dev: top.dev, mounts });
  }

  /** Enters a directory within another one, or at the top. It has no names if it cannot be listed. */
  *#entered(
    { file, dev }: SourceEntry,
    outer: Directory | undefined,
    mounts: Directory["mount"][],
  ): Generator<undefined, Directory[]> {
    const path = file === "/" ? "" : file;
    const names = yield* this.#list(path, outer === undefined);
    if (names === undefined) return [];
    const isMount = dev !== outer?.dev;
    const mount = isMount ? { path: file, entries: 0 } : outer!.mount;
    if (isMount) mounts.push(mount);
    return [{ path, dev, names: outer ? this.#unlessMarked(path, names) : names, last: undefined, mount }];
  }

  /**
   * Whether a name equals the one before, because they differ only in bytes that are not UTF-8. Only one of them is visited.
   */
  #isRepeated(name: string, directory: Directory): boolean {
    const repeated = name === directory.last;
    if (repeated) this.#look.notUtf8.report(`${directory.path}/${name}`);
    directory.last = name;
    return repeated;
  }

  /** Returns the entry for a path in a directory; undefined if it is left out or cannot be read. */
  #entry(path: string, { dev, names }: Directory, isDirectory: boolean): SourceEntry | undefined {
    // The check comes before the lstat, which can hang if a server is gone.
    if (this.#declared.has(path) || this.#isExcluded(path, isDirectory)) return undefined;
    const stat = isKernelDirectory(path) ? KERNEL_DIRECTORY : this.#look.stat(path, names);
    if (stat === undefined) return undefined;
    if (stat.isDirectory) this.#isWide = isWide(stat);
    if (stat.isDirectory && ((!isDirectory && this.#isExcluded(path, true)) || this.#isOwn(path, stat))) {
      return undefined;
    }
    if (stat.isFile && !this.#isWanted(path, stat, dev)) return undefined;
    return this.#look.entry(path, stat);
  }

  #isExcluded(path: string, isDirectory: boolean): boolean {
    if (!this.#excluded(path, isDirectory)) return false;
    this.#watch.excluded?.(path, isDirectory);
    return true;
  }

  #isOwn(path: string, stat: Stat): boolean {
    const own = this.#watch.own?.met(path, stat);
    if (own !== undefined) this.#watch.leftOut?.(own, path);
    return own !== undefined;
  }

  /** Whether a file is neither too large nor made up by the kernel (`ip netns` mounts such files on files). */
  #isWanted(path: string, stat: Stat, dev: number): boolean {
    const { maxFileSize } = this.#selection;
    if (maxFileSize !== undefined && stat.size > maxFileSize) {
      this.#skip(path, `it has ${stat.size} bytes, more than maxFileSize`);
      return false;
    }
    const mounted = stat.dev === dev ? undefined : this.#mounts.at(path, stat.dev);
    if (mounted?.kind === "pseudo") this.#skip(path, `${MADE_UP} (${mounted.name})`);
    return mounted?.kind !== "pseudo";
  }

  /** Whether to list a directory that was found in one on device `dev`. Its own entry is stored in any case. */
  #mayEnter({ file, dev: own }: SourceEntry, dev: number): boolean {
    if (isKernelDirectory(file)) return this.#skip(file, MADE_UP);
    if (own === dev) return true;
    if (this.#selection.oneFileSystem) return this.#skip(file, "another file system is mounted here");
    const mounted = this.#mounts.at(file, own);
    if (mounted.kind === "pseudo") return this.#skip(file, `${MADE_UP} (${mounted.name})`);
    if (mounted.kind === "data") return true;
    this.#unread(file, `cannot determine the file system mounted here: ${mounted.reason}`);
    return false;
  }

  /** Returns only the markers of a directory that has some, else all its names. */
  #unlessMarked(path: string, names: Names): Names {
    const markers = markersIn(path, names, this.#selection);
    for (const marker of markers) this.#watch.marked?.(marker);
    return markers.length > 0 ? namesOf(sortedByUtf8(markers)) : names;
  }

  *#list(path: string, isDeclared: boolean): Generator<undefined, Names | undefined> {
    try {
      return yield* this.#directories.list(path || "/", this.#isWide);
    } catch (error) {
      if (isDeclared) this.#unread(path || "/", words(error));
      else this.#report(troubleSince(path, error, (now) => now.isDirectory));
      return undefined;
    }
  }

  #unread(path: string, reason: string): void {
    this.#report({ kind: "unread", path, reason });
  }

  /** Reports a path that is left out on purpose. Returns false. */
  #skip(path: string, reason: string): false {
    this.#report({ kind: "skipped", path, reason });
    return false;
  }
}

/** Whether there are patterns for directories only, so that the type of names must be known. */
export function isTyped({ exclude }: Selection): boolean {
  return exclude.some((pattern) => pattern.endsWith("/"));
}
