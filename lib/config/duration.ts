import { DAY_MS } from "../model/day.ts";

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  d: DAY_MS,
};

/** Timers count milliseconds in 31 bits, which are 24.8 days; a longer one would go off at once. */
const MAX_MS = 24 * DAY_MS;

/**
 * Returns the milliseconds in a length of time as people write it: `"90 min"`, `"1.5h"`. NaN if it is none, or more than
 * `most` milliseconds: 24 days, which is what a timer can wait, unless a caller says otherwise.
 */
export function parseDuration(text: string, most: number = MAX_MS): number {
  const match = /^(\d+(?:\.\d+)?) ?(s|min|m|h|d)$/.exec(text);
  const milliseconds = match === null ? NaN : Number(match[1]) * UNITS[match[2]!]!;
  return milliseconds <= most ? milliseconds : NaN;
}
