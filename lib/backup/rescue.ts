import { attributesOnly } from "../model/attributes.ts";
import { printable } from "../model/printable.ts";
import type { ReportTrouble } from "../model/trouble.ts";
import type { SourceEntry } from "../source/walk.ts";

/**
 * Names that stand in for files whose first name was lost: removed, replaced or unreadable after the walk met it. The next
 * name is stored as the file, and further names as links to that one.
 */
export class Rescue {
  /** By the path of a lost name: the path that stands in for it; undefined while there is none. */
  readonly #lost = new Map<string, string | undefined>();
  /** By the same path: what was lost. */
  readonly #entries = new Map<string, SourceEntry>();

  /** Whether nothing was lost. */
  get isIdle(): boolean {
    return this.#lost.size === 0;
  }

  /** The entry could not be read. */
  lost(entry: SourceEntry): void {
    if (entry.type !== "file" || entry.nlink < 2) return;
    this.#lost.set(entry.path, undefined);
    this.#entries.set(entry.path, entry);
  }

  /** Whether links to `path` have to point elsewhere. */
  isLost(path: string): boolean {
    return this.#lost.has(path);
  }

  /** The path that stands in for a lost one. */
  standIn(path: string): string | undefined {
    return this.#lost.get(path);
  }

  /** A link to `target` was stored as the file at `path`. */
  claim(target: string, path: string): void {
    this.#lost.set(this.#last(target), path);
  }

  /** An entry of a walk as it is to be archived: a link to a lost name is the file, or a link to what stands in. */
  of(entry: SourceEntry, report: ReportTrouble): SourceEntry {
    if (entry.type !== "hardlink" || !this.#lost.has(entry.link!)) return entry;
    const { link, ...rest } = entry;
    const last = this.#last(link!);
    if (!this.#lost.has(last)) return { ...entry, link: last };
    this.#lost.set(last, entry.path);
    report({ kind: "changed", path: entry.file, reason: standsIn(last) });
    return { ...rest, type: "file", ...this.#inodeOf(link!) };
  }

  /** What belongs to the file and not to one of its names: attributes are read of the first alone. */
  #inodeOf(first: string): Partial<SourceEntry> {
    const { mode, statMode, attributeStatus, ...entry } = this.#entries.get(first)!;
    const stat = statMode === undefined ? {} : { mode, statMode };
    return {
      ...attributesOnly(entry),
      ...stat,
      ...(attributeStatus === undefined ? {} : { attributeStatus }),
    };
  }

  /** The end of the chain of names: one that is stored, or one that was lost and has no stand-in. */
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
