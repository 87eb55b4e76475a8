import { printable } from "../model/printable.ts";
import type { Trouble } from "../model/trouble.ts";
import { formatCount, formatNumber } from "./format.ts";

/** How many paths are named for one reason. */
const EXAMPLES = 10;

/** Reasons that are told apart; what users do to their files can make more. */
const MAX_REASONS = 20;

/**
 * Lines for what went wrong with single paths. Any user can make thousands of paths that cannot be read, and each would be a
 * line in the journal and in a mail, every night: the first of each reason are named, and the rest is counted.
 */
export class TroubleLines {
  readonly #counts = new Map<string, { readonly kind: string; readonly reason: string; count: number }>();

  /** The line for a trouble; undefined where it is only counted. */
  lineFor({ kind, path, reason }: Trouble): string | undefined {
    const alike = this.#counted(kind, reason);
    return ++alike.count > EXAMPLES ? undefined : `${kind}: ${printable(path)}: ${reason}`;
  }

  /** Lines for those that were only counted; from then on all are counted anew. */
  rest(): string[] {
    const counted = [...this.#counts.values()].filter(({ count }) => count > EXAMPLES);
    this.#counts.clear();
    return counted.map(({ kind, reason, count }) =>
      `${kind}: ${formatNumber(count - EXAMPLES, "more path")}: ${reason} (${formatCount(count)} in all; ` +
      "--verbose names each)"
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
