import { printable } from "../../model/printable.ts";

/** The longest text of a host or store that is shown in full, in characters. */
const MAX_TEXT = 1000;

/** Returns what a host wrote: invisible and bidirectional characters as escapes, and not more than fits a page. */
export function shown(text: string): string {
  const escaped = printable(text);
  return escaped.length <= MAX_TEXT ? escaped : `${escaped.slice(0, MAX_TEXT)}…`;
}
