const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds in a length of time as people write it: `"90 min"`, `"1.5h"`. NaN where it is none. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?(s|min|m|h|d)$/.exec(text);
  return match === null ? NaN : Number(match[1]) * UNITS[match[2]!]!;
}
