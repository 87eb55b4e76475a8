import { DAY_MS } from "./day.ts";

/** Maximum number of subsets: each is read once a year. */
export const MAX_SUBSETS = 366;

/** Digits of a SHA-256 that choose its subset. */
const DIGITS = 8;

/** One of several subsets of the objects of a store, by their SHA-256. */
export interface Subset {
  /** Number of the subset, from 0. */
  readonly part: number;
  /** Number of subsets. */
  readonly of: number;
}

/** Returns the subset of a day: the number of the day since 1970-01-01 (UTC), modulo the number of subsets. */
export function subsetOf(day: Date, of: number): Subset {
  return { part: Math.floor(day.getTime() / DAY_MS) % of, of };
}

/** Returns whether an object belongs to a subset: the first eight digits of its SHA-256 as a number, modulo the number of subsets. */
export function isInSubset(sha256: string, { part, of }: Subset): boolean {
  return parseInt(sha256.slice(0, DIGITS), 16) % of === part;
}
