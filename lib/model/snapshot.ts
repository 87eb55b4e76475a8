import { isInstant } from "./instant.ts";

const FORM = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z-([0-9a-f]{16})$/;

/**
 * A new snapshot id: `20261123T050000Z-` and 64 random bits in hexadecimal. UTC, so ids sort by time. The
 * time is the host's claim and no more.
 */
export function newSnapshotId(now: Date): string {
  const random = crypto.getRandomValues(new Uint8Array(8)).toHex();
  return `${now.toISOString().replace(/[-:]|\.\d+/g, "")}-${random}`;
}

/** The time that a snapshot id claims, or undefined where `id` is none. */
export function snapshotTime(id: string): Date | undefined {
  const match = FORM.exec(id);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const written = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  return isInstant(written) ? new Date(written) : undefined;
}
