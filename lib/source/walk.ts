import type { Selection } from "../model/selection.ts";
import type { TellTrouble } from "../model/trouble.ts";
import { describe, kindOf, type SourceEntry, type Stat } from "./entry.ts";
import { LinkTable } from "./links.ts";
import { inOrder, listFolder } from "./listing.ts";
import { isKernelFolder, KERNEL_FOLDER, Mounts } from "./mounts.ts";
import { readOwners } from "./owners.ts";
import { troubleOpening } from "./read.ts";
import { excluder, type Matcher } from "./rules.ts";
import { CACHE_TAG, isCacheTag } from "./tags.ts";
import { codeOf, NOT_UTF8, troubleOf, troubleSince, words } from "./trouble.ts";

export type { SourceEntry } from "./entry.ts";

/**
 * Walks the declared paths, each once and one after the other: depth first, a folder before what it holds, names in
 * the order of their UTF-8 bytes. Within a declared path that is the order of the members' bytes with NUL for `/`.
 *
 * It is lazy: a folder is listed after its entry was taken. What is kept in memory is the names in the folders on
 * the way down, and the files with several names whose other names are still to come.
 *
 * Symlinks are never followed. Deno has no `openat`, so a folder that is swapped for a symlink between `lstat` and
 * listing is the exception: what its owner could point at is stored under the names that the walk went by.
 *
 * The first name of a file is the file, later ones are hard links to it. Other things with several names are stored
 * once for each.
 *
 * @throws {Misuse} for a pattern that cannot be used.
 */
export function* walk(selection: Selection, tell: TellTrouble): Generator<SourceEntry> {
  const walker = new Walker(selection, tell);
  for (const path of walkOrder(selection)) yield* walker.from(path);
}

/** The declared paths in the order in which they are walked. */
export function walkOrder({ paths }: Selection): string[] {
  return inOrder([...new Set(paths)]);
}

const MADE_UP = "it holds what the kernel makes up, no data";
const LINK_ONLY = "it is a symbolic link: to back up what it points to, declare that path";
const TOO_MANY_LINKS = "too many files have names elsewhere: from here on some are stored once for each name";

/** A folder that the walk is in. */
interface Folder {
  /** Empty for the root, so that a slash and a name make the path of what it holds. */
  readonly path: string;
  readonly dev: number;
  /** What it holds that was not looked at yet, the last name first. */
  readonly names: string[];
}

class Walker {
  readonly #selection: Selection;
  readonly #tell: TellTrouble;
  readonly #declared: ReadonlySet<string>;
  readonly #excluded: Matcher;
  readonly #owners = readOwners();
  readonly #mounts = new Mounts();
  readonly #links: LinkTable;

  constructor(selection: Selection, tell: TellTrouble) {
    this.#selection = selection;
    this.#tell = tell;
    this.#declared = new Set(selection.paths);
    this.#excluded = excluder(selection.exclude);
    this.#links = new LinkTable((path) => this.#skip(path, TOO_MANY_LINKS));
  }

  /** A declared path and all below it. No rule holds for the path itself. */
  *from(path: string): Generator<SourceEntry> {
    const stat = this.#statDeclared(path);
    const entry = stat && this.#describe(path, stat);
    if (entry === undefined) return;
    if (path !== "/") yield entry; // the root has no name that a member could have
    if (entry.type === "directory") yield* this.#below(entry);
    if (entry.type === "symlink") this.#skip(path, LINK_ONLY);
  }

  *#below(top: SourceEntry): Generator<SourceEntry> {
    const start = top.file === "/" ? "" : top.file;
    const way: Folder[] = [{ path: start, dev: top.dev, names: this.#list(start) }];
    for (let folder = way.at(-1); folder !== undefined; folder = way.at(-1)) {
      const name = folder.names.pop();
      if (name === undefined) {
        way.pop();
        continue;
      }
      const entry = this.#look(`${folder.path}/${name}`, folder.dev);
      if (entry === undefined) continue;
      yield entry;
      if (entry.type === "directory" && this.#mayEnter(entry, folder.dev)) {
        way.push({ path: entry.file, dev: entry.dev, names: this.#unlessMarked(entry.file) });
      }
    }
  }

  /** The entry for what a folder on device `dev` holds; undefined where it is left out or cannot be had. */
  #look(path: string, dev: number): SourceEntry | undefined {
    // Before the lstat, which can hang where a server is gone.
    if (this.#declared.has(path) || this.#excluded(path, false)) return undefined;
    const stat = isKernelFolder(path) ? KERNEL_FOLDER : this.#stat(path);
    if (stat === undefined || (stat.isDirectory && this.#excluded(path, true))) return undefined;
    if (stat.isFile && !this.#isWanted(path, stat, dev)) return undefined;
    return this.#describe(path, stat);
  }

  /** Whether a file is neither too large nor one that the kernel makes up (as `ip netns` mounts them on files). */
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

  /** Whether to list a folder that was met in one on device `dev`; its own entry stays in any case. */
  #mayEnter({ file, dev: own }: SourceEntry, dev: number): boolean {
    if (isKernelFolder(file)) return this.#skip(file, MADE_UP);
    if (own === dev) return true;
    if (this.#selection.oneFileSystem) return this.#skip(file, "another file system is mounted here");
    const mounted = this.#mounts.at(file, own);
    if (mounted.kind === "pseudo") return this.#skip(file, `${MADE_UP} (${mounted.name})`);
    if (mounted.kind === "data") return true;
    this.#tell({
      kind: "unread",
      path: file,
      reason: `nobody can tell what is mounted here: ${mounted.reason}`,
    });
    return false;
  }

  /** The names in a folder, the last one first; only its markers where it has some. */
  #unlessMarked(path: string): string[] {
    const names = this.#list(path);
    const { excludeIfPresent, excludeCaches } = this.#selection;
    const markers = names.filter((name) =>
      excludeIfPresent.includes(name) ||
      (excludeCaches && name === CACHE_TAG && isCacheTag(`${path}/${name}`))
    );
    return markers.length > 0 ? markers : names;
  }

  #list(path: string): string[] {
    try {
      return listFolder(path || "/").reverse().filter((name, at, all) => {
        const again = name === all[at - 1]; // two names that differ only in what is not UTF-8
        if (again) this.#tell({ kind: "unread", path: `${path}/${name}`, reason: NOT_UTF8 });
        return !again;
      });
    } catch (error) {
      this.#tell(troubleSince(path || "/", error, (now) => now.isDirectory));
      return [];
    }
  }

  #stat(path: string): Stat | undefined {
    try {
      return Deno.lstatSync(path);
    } catch (error) {
      const garbled = path.includes("\ufffd", path.lastIndexOf("/")) && codeOf(error) === "ENOENT";
      this.#tell(garbled ? { kind: "unread", path, reason: NOT_UTF8 } : troubleOf(path, error));
      return undefined;
    }
  }

  #statDeclared(path: string): Stat | undefined {
    try {
      return Deno.lstatSync(path);
    } catch (error) {
      this.#tell({ kind: "unread", path, reason: words(error) });
      return undefined;
    }
  }

  #describe(path: string, stat: Stat): SourceEntry | undefined {
    const kind = kindOf(stat);
    if (kind === undefined) {
      this.#skip(path, "it is a socket, which the program that listens makes anew");
      return undefined;
    }
    if (kind === "file" && stat.nlink! > 1) return this.#describeNamesake(path, stat);
    try {
      return describe(
        path,
        kind,
        stat,
        this.#owners,
        kind === "symlink" ? Deno.readLinkSync(path) : undefined,
      );
    } catch (error) {
      const garbled = error instanceof Deno.errors.InvalidData;
      this.#tell(
        garbled
          ? { kind: "unread", path, reason: "what it points to is not UTF-8" }
          : troubleSince(path, error, (now) => now.isSymlink),
      );
      return undefined;
    }
  }

  /**
   * A file with several names. Its first name must be one that can be read, for the others are stored as links to it:
   * whether it can is found out here, where the next name may still take its place.
   */
  #describeNamesake(path: string, stat: Stat): SourceEntry | undefined {
    const first = this.#links.firstName(path, stat);
    if (first !== undefined) return describe(path, "hardlink", stat, this.#owners, first);
    const trouble = troubleOpening(path);
    if (trouble === undefined) return describe(path, "file", stat, this.#owners);
    this.#links.forget(stat);
    this.#tell(trouble);
    return undefined;
  }

  /** Tells what is left out on purpose. */
  #skip(path: string, reason: string): false {
    this.#tell({ kind: "skipped", path, reason });
    return false;
  }
}
