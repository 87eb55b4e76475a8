/** Milliseconds in a day of UTC, which has no daylight saving time. */
export const DAY_MS: number = 24 * 60 * 60 * 1000;
