import type { Stat } from "./entry.ts";

/** A directory of nightdrop's own: backed up into itself, it would grow with each run. */
export interface OwnDirectory {
  /** Absolute path, as the config has it. */
  readonly path: string;
  /** What it is: `the store of these backups`. */
  readonly what: string;
  /** Whether a path within it cannot be backed up either, though it is declared. */
  readonly closed: boolean;
}

/** Finds directories of nightdrop's own by device and inode, so that symlinks and bind mounts do not hide them. */
export class OwnDirectories {
  readonly #all: readonly Known[];

  constructor(directories: readonly OwnDirectory[]) {
    this.#all = directories.map((it) => new Known(it));
  }

  /** The one that a walk has met under `path`. */
  met(path: string, stat: Stat): OwnDirectory | undefined {
    return this.#all.find((it) => it.is(path, stat))?.directory;
  }

  /** The one that a declared path is, or lies in, and that is closed to it. */
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
    // The first run makes the store while it walks.
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
      // It is not there yet, or cannot be looked at: its path identifies it.
    }
  }
}

/** An inode number that a double cannot hold might be taken for another's. */
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
