import type { ReportTrouble } from "../model/trouble.ts";
import { entryOf, entryTypeOf, type SourceEntry, type Stat } from "./entry.ts";
import { type LinkSpill, LinkTable } from "./links.ts";
import type { Names } from "./listing.ts";
import { readOwners } from "./owner_names.ts";
import { troubleOpening } from "./read.ts";
import { NotUtf8 } from "./not_utf8.ts";
import { systemCodeOf, troubleOf, troubleSince } from "./trouble.ts";

const TOO_MANY_LINKS =
  "too many files have names elsewhere: some of the following files are stored once for each name";

const ROUNDED =
  "inode numbers above 2^53 are rounded by Deno: hard links on this file system are recognised by their times, " +
  "sizes and content, and stored once for each name where these differ";

const NO_DATE = "its modification time is beyond the year 275,760, and is stored as 1970";

/** Converts the paths of a walk into entries. */
export interface Look {
  /** Reports names that cannot be opened. */
  readonly notUtf8: Pick<NotUtf8, "report">;
  /** Returns the `lstat` of a path, whose name `names` returned last; undefined if it fails, which is reported. */
  stat(path: string, names: Names): Stat | undefined;
  /** Returns the entry of a path; undefined if it cannot be stored or read, which is reported. */
  entry(path: string, stat: Stat): SourceEntry | undefined;
}

/** Creates the entries for the paths of a walk. */
export class Inspector implements Look {
  readonly #report: ReportTrouble;
  readonly #owners = readOwners();
  readonly #links: LinkTable;
  readonly notUtf8: NotUtf8;

  constructor(report: ReportTrouble, spill?: LinkSpill) {
    this.#report = report;
    this.notUtf8 = new NotUtf8(report);
    this.#links = new LinkTable({
      full: (path) => report({ kind: "skipped", path, reason: TOO_MANY_LINKS }),
      rounded: (path) => report({ kind: "skipped", path, reason: ROUNDED }),
    }, spill);
  }

  stat(path: string, names: Names): Stat | undefined {
    try {
      return names.stat(path);
    } catch (error) {
      const garbled = path.includes("\ufffd", path.lastIndexOf("/")) && systemCodeOf(error) === "ENOENT";
      if (garbled) this.notUtf8.report(path);
      else this.#report(troubleOf(path, error));
      return undefined;
    }
  }

  entry(path: string, stat: Stat): SourceEntry | undefined {
    const kind = entryTypeOf(stat);
    if (kind === undefined) {
      this.#report({
        kind: "skipped",
        path,
        reason: "it is a socket, which the program that listens on it creates again",
      });
      return undefined;
    }
    if (Number.isNaN(stat.mtime?.getTime() ?? NaN)) this.#report({ kind: "skipped", path, reason: NO_DATE });
    if (kind === "file" && stat.nlink! > 1) return this.#namesake(path, stat);
    try {
      return entryOf(
        path,
        kind,
        stat,
        this.#owners,
        kind === "symlink" ? Deno.readLinkSync(path) : undefined,
      );
    } catch (error) {
      const garbled = error instanceof Deno.errors.InvalidData;
      this.#report(
        garbled
          ? { kind: "unread", path, reason: "what it points to is not UTF-8" }
          : troubleSince(path, error, (now) => now.isSymlink),
      );
      return undefined;
    }
  }

  /**
   * Returns the entry of a file with several names. The first name must be readable, because the others are
   * stored as links to it. This is tested here, where the next name can still replace it.
   */
  #namesake(path: string, stat: Stat): SourceEntry | undefined {
    const first = this.#links.firstName(path, stat);
    if (first !== undefined) return entryOf(path, "hardlink", stat, this.#owners, first);
    const trouble = troubleOpening(path);
    if (trouble === undefined) return entryOf(path, "file", stat, this.#owners);
    this.#links.forget(stat);
    this.#report(trouble);
    return undefined;
  }
}
