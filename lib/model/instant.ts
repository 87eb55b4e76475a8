/**
 * Whether `text` is a time in the form of `Date.toISOString`: `2026-11-28T05:00:00.000Z`. `Date.parse` alone
 * accepts 31 February and other time zones, too.
 */
export function isInstant(text: string): boolean {
  const time = new Date(text);
  return !Number.isNaN(time.getTime()) && time.toISOString() === text && text.length === 24;
}
