import { isBelow } from "../extract/layout.ts";
import type { Entry } from "../model/entry.ts";
import { Misuse } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import { shellWord } from "../model/shell.ts";

/** Maximum number of entries that an error lists. */
const MAX_LISTED = 5;

/** Checks that a directory can be dropped from the paths of all selected entries. */
export class StripCheck {
  readonly #strip: string;
  readonly #outside: string[] = [];
  #stripsDirectory = true;

  /**
   * Creates the check.
   *
   * @param strip Directory of the snapshot; empty for none.
   */
  constructor(strip: string) {
    this.#strip = strip;
  }

  /** Checks an entry of the tree. */
  look(entry: Entry, isSelected: boolean): void {
    const { path, type } = entry;
    if (path === this.#strip) this.#stripsDirectory = type === "directory";
    if (!isSelected || isBelow(this.#strip, path) || isAbove(this.#strip, entry)) return;
    this.#outside.push(path);
  }

  /**
   * Ends the check.
   *
   * @throws {Misuse} if `strip` is not a directory, or if a selected entry is not below it.
   */
  end(): void {
    if (!this.#stripsDirectory) throw notDirectory(this.#strip);
    if (this.#outside.length > 0) throw notStripped(this.#strip, this.#outside);
  }
}

/** Whether an entry is the directory that becomes the target, or above it. */
function isAbove(strip: string, { path, type }: Entry): boolean {
  return type === "directory" && (path === strip || strip.startsWith(`${path}/`));
}

function notDirectory(strip: string): Misuse {
  const parent = strip.slice(0, Math.max(strip.lastIndexOf("/"), 0));
  return new Misuse(`Cannot strip "/${printable(strip)}": it is not a directory in this snapshot`, {
    hint: parent === ""
      ? "Remove --strip"
      : `Strip its directory: --strip ${shellWord(`/${printable(parent)}`)}`,
  });
}

function notStripped(strip: string, outside: readonly string[]): Misuse {
  return new Misuse(`Cannot strip "/${printable(strip)}" from what is not below it:`, {
    details: firstOf(outside.map((path) => `/${printable(path)}`)),
    hint: `Select only what is below it: add "/${printable(strip)}" after the snapshot`,
  });
}

/** Returns the first items for the details of an error, and how many others there are. */
export function firstOf(items: readonly string[]): string[] {
  const more = items.length > MAX_LISTED ? [`… and ${items.length - MAX_LISTED} more`] : [];
  return [...items.slice(0, MAX_LISTED), ...more];
}
