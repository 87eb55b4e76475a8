/**
 * Formats sizes, counts and times for people: in messages, tables and pages.
 *
 * @module
 */

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** Returns a size as `1.7 GiB`. */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  for (; value >= 1024 && unit < UNITS.length - 1; unit++) value /= 1024;
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** Returns a count as `1,234,567`. */
export function formatCount(count: number): string {
  // `toLocaleString` loads the data of a language, which takes 10 ms.
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** Returns a count with its noun: `3 files`, `1 file`. */
export function formatNumber(count: number, noun: string, plural: string = noun + "s"): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

/** Returns a time to the minute, in UTC: `2026-11-28 06:00 UTC`. */
export function formatMinute(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** Returns a time to the second, in UTC: `2026-11-28 06:00:00 UTC`. An entry may have a time that no calendar has. */
export function formatSecond(time: Date): string {
  if (Number.isNaN(time.getTime())) return "outside of all calendars";
  return `${time.toISOString().split(".")[0]!.replace("T", " ")} UTC`;
}
