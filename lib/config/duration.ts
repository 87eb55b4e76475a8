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
 * Returns the milliseconds of a duration such as `"90 min"` or `"1.5h"`. Returns NaN if the text is not a duration, or if
 * it exceeds `most` milliseconds. Default of `most`: 24 days, the maximum of a timer.
 */
export function parseDuration(text: string, most: number = MAX_MS): number {
  const match = /^(\d+(?:\.\d+)?) ?(s|min|m|h|d)$/.exec(text);
  const milliseconds = match === null ? NaN : Number(match[1]) * UNITS[match[2]!]!;
  return milliseconds <= most ? milliseconds : NaN;
}
