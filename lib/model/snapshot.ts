import { isInstant } from "./instant.ts";

const FORM = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z-([0-9a-f]{16})$/;

/**
 * Returns a new snapshot id: `20261123T050000Z-` and 64 random bits in hexadecimal. The time is UTC, so ids
 * sort by time. It is only the host's claim.
 */
export function newSnapshotId(now: Date): string {
  const random = crypto.getRandomValues(new Uint8Array(8)).toHex();
  return `${now.toISOString().replace(/[-:]|\.\d+/g, "")}-${random}`;
}

/** Returns the time that a snapshot id claims; undefined if `id` is not a snapshot id. */
export function snapshotTime(id: string): Date | undefined {
  const match = FORM.exec(id);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const written = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  return isInstant(written) ? new Date(written) : undefined;
}
