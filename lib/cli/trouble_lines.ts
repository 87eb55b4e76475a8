import { printable } from "../model/printable.ts";
import type { Trouble } from "../model/trouble.ts";
import { formatCount, formatNumber } from "./format.ts";

/** Maximum number of paths named for one reason. */
const EXAMPLES = 10;

/** Maximum number of reasons counted separately. */
const MAX_REASONS = 20;

/**
 * Lines for problems with single paths. Any user can create thousands of unreadable paths, and each would be a line in
 * the journal and in a mail every night. So the first paths of each reason are named, and the rest is counted.
 */
export class TroubleLines {
  readonly #counts = new Map<string, { readonly kind: string; readonly reason: string; count: number }>();

  /** Returns the line for a trouble, or undefined if it is only counted. */
  lineFor({ kind, path, reason }: Trouble): string | undefined {
    const alike = this.#counted(kind, reason);
    return ++alike.count > EXAMPLES ? undefined : `${kind}: ${printable(path)}: ${reason}`;
  }

  /** Returns lines for the paths that were only counted, and resets the counters. */
  rest(): string[] {
    const counted = [...this.#counts.values()].filter(({ count }) => count > EXAMPLES);
    this.#counts.clear();
    return counted.map(({ kind, reason, count }) =>
      `${kind}: ${formatNumber(count - EXAMPLES, "more path")}: ${reason} (${formatCount(count)} in total; ` +
      "--verbose lists all)"
    );
  }

  #counted(kind: string, reason: string): { count: number } {
    // Names and numbers differ from path to path.
    const key = `${kind} ${reason.replace(/"(?:[^"\\]|\\.)*"|\d+/g, "")}`;
    const known = this.#counts.get(key);
    if (known !== undefined) return known;
    return this.#counts.size < MAX_REASONS
      ? this.#begun(key, kind, reason)
      : this.#counts.get(kind) ?? this.#begun(kind, kind, "for other reasons");
  }

  #begun(key: string, kind: string, reason: string): { count: number } {
    const counted = { kind, reason, count: 0 };
    this.#counts.set(key, counted);
    return counted;
  }
}
