import { printable } from "../../model/printable.ts";

/** Maximum length, in characters, of a text of a host or store that is shown in full. */
const MAX_TEXT = 1000;

/**
 * Returns a text of a host with invisible and bidirectional characters escaped, cut to a length that fits a
 * page.
 */
export function shown(text: string): string {
  const escaped = printable(text);
  return escaped.length <= MAX_TEXT ? escaped : `${escaped.slice(0, MAX_TEXT)}…`;
}
