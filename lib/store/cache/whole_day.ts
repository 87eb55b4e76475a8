import { DAY_MS } from "../../model/day.ts";
import { sha256 } from "../../model/digest.ts";

/** Days within which each host is listed whole. */
const PERIOD = 7;

/**
 * Returns whether a host must be listed whole. Each host has its day of seven, which follows from its name, so a seventh of a
 * fleet is listed whole each day. A day that was missed is made up for.
 *
 * @param whole When it was last listed whole, in milliseconds.
 */
export function isWholeDue(host: string, whole: number, now: number): boolean {
  const today = Math.floor(now / DAY_MS);
  const shift = parseInt(sha256(new TextEncoder().encode(host)).slice(0, 8), 16);
  const lastDue = today - (today + shift) % PERIOD;
  return whole > now || Math.floor(whole / DAY_MS) < lastDue;
}
