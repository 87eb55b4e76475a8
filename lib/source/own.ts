import type { Stat } from "./entry.ts";

/** Directory that nightdrop itself writes. If it were backed up into itself, it would grow with each run. */
export interface OwnDirectory {
  /** Absolute path, as in the config. */
  readonly path: string;
  /** Description: `the store of these backups`. */
  readonly what: string;
  /** Whether paths within it cannot be backed up even if they are declared. */
  readonly closed: boolean;
}

/**
 * Finds nightdrop's own directories by device and inode, so that symbolic links and bind mounts do not hide
 * them.
 */
export class OwnDirectories {
  readonly #all: readonly Known[];

  constructor(directories: readonly OwnDirectory[]) {
    this.#all = directories.map((it) => new Known(it));
  }

  /** Returns the directory that a walk has found under `path`; undefined if it is none of them. */
  met(path: string, stat: Stat): OwnDirectory | undefined {
    return this.#all.find((it) => it.is(path, stat))?.directory;
  }

  /** Returns the closed directory that a declared path is or lies in; undefined if there is none. */
  around(path: string, stat: Stat): OwnDirectory | undefined {
    const real = realPath(path);
    return this.#all.find((it) => it.directory.closed && (it.is(path, stat) || it.holds(real)))?.directory;
  }
}

class Known {
  readonly directory: OwnDirectory;
  readonly #name: string;
  #stat: Stat | undefined;

  constructor(directory: OwnDirectory) {
    this.directory = directory;
    this.#name = nameOf(directory.path);
    this.#look();
  }

  is(path: string, stat: Stat): boolean {
    if (path === this.directory.path) return true;
    // The first run creates the store during its walk.
    if (this.#stat === undefined && nameOf(path) === this.#name) this.#look();
    return this.#stat !== undefined && isSame(this.#stat, stat);
  }

  holds(real: string): boolean {
    const own = realPath(this.directory.path);
    return real === own || real.startsWith(`${own}/`);
  }

  #look(): void {
    try {
      this.#stat = Deno.statSync(this.directory.path);
    } catch {
      // It does not exist yet, or cannot be read: it is identified by its path.
    }
  }
}

/**
 * Whether two results are of the same file. An inode number above the safe integers could be taken for
 * another one.
 */
function isSame(one: Stat, other: Stat): boolean {
  return one.ino === other.ino && one.dev === other.dev && Number.isSafeInteger(one.ino);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    return path;
  }
}
