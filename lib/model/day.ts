/** Milliseconds in a day of the provider's clock, which is UTC. */
export const DAY_MS: number = 24 * 60 * 60 * 1000;
