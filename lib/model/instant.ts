/**
 * Whether `text` is a time as `Date.toISOString` writes it: `2026-11-28T05:00:00.000Z`. `Date.parse` alone takes
 * 31 February and other time zones too.
 */
export function isInstant(text: string): boolean {
  const time = new Date(text);
  return !Number.isNaN(time.getTime()) && time.toISOString() === text && text.length === 24;
}
