import type { DrilledRecord } from "../app/drilled_record.ts";
import type { Records } from "../app/records.ts";
import { lastReading, readSince, type VerifiedRecord } from "../app/verified_record.ts";

/** Records of verifications and drills. */
export type ProofRecords = Pick<Records, "verified" | "drilled">;

/**
 * Returns the day on which the content of a host was last read, such as `2026-11-28`. If some objects were
 * never read, it includes the number of subsets that were: `2026-11-28 (12 of 30)`.
 */
export function verifiedText(record: VerifiedRecord | undefined): string {
  const last = record && lastReading(record);
  if (record === undefined || last === undefined) return "never";
  if (record.damage !== null) return `damage ${dayOf(record.damage.at)}`;
  const { subsets } = record;
  if (subsets === null || readSince(record) !== undefined) return dayOf(last);
  return `${dayOf(last)} (${subsets.read.filter((it) => it !== null).length} of ${subsets.read.length})`;
}

/** Returns the day on which a drill of a host last passed, such as `2026-11-28`. */
export function drilledText(record: DrilledRecord | undefined): string {
  if (record?.result === "failed") return `failed ${dayOf(record.at)}`;
  return record === undefined || record.passed === null ? "never" : dayOf(record.passed);
}

function dayOf(time: string): string {
  return time.slice(0, 10);
}
