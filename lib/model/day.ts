/** Milliseconds in a day, which is of UTC: it has no summer time. */
export const DAY_MS: number = 24 * 60 * 60 * 1000;
