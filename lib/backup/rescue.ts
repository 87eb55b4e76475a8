import { attributesOnly } from "../model/attributes.ts";
import { printable } from "../model/printable.ts";
import type { ReportTrouble } from "../model/trouble.ts";
import type { SourceEntry } from "../source/walk.ts";

/**
 * Replacements for lost first names of files: names that were removed, replaced or unreadable after the walk
 * found them. The next name is stored as the file, and further names as links to it.
 */
export class Rescue {
  /** Replacements, by the paths of lost names; undefined while there is none. */
  readonly #lost = new Map<string, string | undefined>();
  /** Lost entries, by the same paths. */
  readonly #entries = new Map<string, SourceEntry>();

  /** Whether no name was lost. */
  get isIdle(): boolean {
    return this.#lost.size === 0;
  }

  /** Records an entry that could not be read. */
  lost(entry: SourceEntry): void {
    if (entry.type !== "file" || entry.nlink < 2) return;
    this.#lost.set(entry.path, undefined);
    this.#entries.set(entry.path, entry);
  }

  /** Whether links to `path` need a replacement. */
  isLost(path: string): boolean {
    return this.#lost.has(path);
  }

  /** Returns the path that replaces a lost one. */
  standIn(path: string): string | undefined {
    return this.#lost.get(path);
  }

  /** Records that a link to `target` was stored as the file at `path`. */
  claim(target: string, path: string): void {
    this.#lost.set(this.#last(target), path);
  }

  /**
   * Returns an entry of a walk as it must be archived: a link to a lost name becomes the file, or a link to
   * the replacement.
   */
  of(entry: SourceEntry, report: ReportTrouble): SourceEntry {
    if (entry.type !== "hardlink" || !this.#lost.has(entry.link!)) return entry;
    const { link, ...rest } = entry;
    const last = this.#last(link!);
    if (!this.#lost.has(last)) return { ...entry, link: last };
    this.#lost.set(last, entry.path);
    report({ kind: "changed", path: entry.file, reason: standsIn(last) });
    return { ...rest, type: "file", ...this.#inodeOf(link!) };
  }

  /**
   * Returns the properties of the file itself, not of one of its names. Attributes are read of the first name
   * only.
   */
  #inodeOf(first: string): Partial<SourceEntry> {
    const { mode, statMode, attributeStatus, ...entry } = this.#entries.get(first)!;
    const stat = statMode === undefined ? {} : { mode, statMode };
    return {
      ...attributesOnly(entry),
      ...stat,
      ...(attributeStatus === undefined ? {} : { attributeStatus }),
    };
  }

  /**
   * Returns the end of the chain of replacements: a name that is stored, or a lost one without a replacement.
   */
  #last(path: string): string {
    let last = path;
    for (let next = this.#lost.get(last); next !== undefined; next = this.#lost.get(last)) last = next;
    return last;
  }
}

function standsIn(lost: string): string {
  return `it is stored as the file in place of "/${
    printable(lost)
  }", and further names are stored as links to it`;
}
