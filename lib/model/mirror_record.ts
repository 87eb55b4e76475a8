import { sha256 } from "./digest.ts";
import { Damage } from "./failure.ts";
import { isHostName } from "./name.ts";
import { isObject } from "./object.ts";
import { snapshotTime } from "./snapshot.ts";
import { parseStrictJson } from "./strict_json.ts";

/** Version of the record of dates in a mirror. */
const FORMAT = "nightdrop-mirror/1";

/** Directory of the records in a mirror. No host has a name with capital letters. */
export const MIRROR_DIRECTORY = "MIRRORED/";

/** Maximum size of a record: more than {@linkcode DATES_OF_A_RECORD} take. */
export const MAX_MIRROR_RECORD_BYTES = 16 * 1024 * 1024;

/** Maximum number of dates in a record. */
export const DATES_OF_A_RECORD = 50_000;

/** Times at which the original store received the objects of a directory, signed by the owner who copied them. */
export interface MirrorRecord {
  readonly format: typeof FORMAT;
  readonly host: string;
  /** Directory: the id of a snapshot. */
  readonly snapshot: string;
  /** Key that signs the record, in base64, and its fingerprint. */
  readonly signer: { readonly fingerprint: string; readonly key: string };
  /** Names in the directory, and times in milliseconds since 1970. */
  readonly dates: readonly (readonly [name: string, time: number])[];
}

/** Returns the text of a record. */
export function encodeMirrorRecord(record: Omit<MirrorRecord, "format">): string {
  const { host, snapshot, signer: { fingerprint, key }, dates } = record;
  const value = { format: FORMAT, host, snapshot, signer: { fingerprint, key }, dates };
  return JSON.stringify(value) + "\n";
}

/** Returns the name of a signed record in a mirror. */
export function mirrorRecordName(host: string, snapshot: string, signed: Uint8Array): string {
  return `${MIRROR_DIRECTORY}${host}/${snapshot}-${sha256(signed)}.json.asc`;
}

/**
 * Reads the text of a record.
 *
 * @throws {Damage} if it is not a record of dates of this directory.
 */
export function decodeMirrorRecord(text: string, host: string, snapshot: string): MirrorRecord {
  const label = `The record of dates of ${snapshot}`;
  const value = parseStrictJson(text.replace(/\n$/, ""), { label, maxDepth: 3 });
  if (isRecord(value) && value.host === host && value.snapshot === snapshot) return value;
  throw new Damage(`${label} is damaged`);
}

function isRecord(value: unknown): value is MirrorRecord {
  if (!isObject(value)) return false;
  const { format, host, snapshot, signer, dates } = value;
  return format === FORMAT && typeof host === "string" && isHostName(host) &&
    typeof snapshot === "string" && snapshotTime(snapshot) !== undefined &&
    isObject(signer) && typeof signer.fingerprint === "string" && typeof signer.key === "string" &&
    Array.isArray(dates) && dates.every(isDate);
}

function isDate(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === "string" &&
    Number.isSafeInteger(value[1]) && value[1] >= 0;
}
