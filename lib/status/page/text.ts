import { printable } from "../../model/printable.ts";

/** The longest text of a host or store that is shown in full, in characters. */
const MAX_TEXT = 1000;

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** Returns bytes as `1.7 GiB`. */
export function bytesText(bytes: number): string {
  const unit = Math.min(Math.max(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), 0), UNITS.length - 1);
  return `${unit === 0 ? bytes : (bytes / 1024 ** unit).toFixed(1)} ${UNITS[unit]}`;
}

/** Returns a number as `1,234,567`. */
export function countText(count: number): string {
  return count.toLocaleString("en-US");
}

/** Returns a time to the minute: `2026-11-28 06:00 UTC`. */
export function timeText(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** Returns what a host wrote: invisible and bidirectional characters as escapes, and not more than fits a page. */
export function shown(text: string): string {
  const escaped = printable(text);
  return escaped.length <= MAX_TEXT ? escaped : `${escaped.slice(0, MAX_TEXT)}…`;
}
