import { sha256 } from "./digest.ts";
import { Damage } from "./failure.ts";
import { isInstant } from "./instant.ts";
import { isHostName } from "./name.ts";
import { isObject } from "./object.ts";
import { snapshotTime } from "./snapshot.ts";
import { parseStrictJson } from "./strict_json.ts";

/** Version of the record of a pin. */
const FORMAT = "nightdrop-pin/1";

/** Directory of the records of pins in their store. No host has a name with capital letters. */
export const PIN_DIRECTORY = "PINS/";

/** Maximum size of a record: some 200,000 objects. */
export const MAX_PIN_BYTES = 32 * 1024 * 1024;

/** Longest label. */
export const MAX_LABEL = 200;

/** Snapshot that is kept beyond its expiry. */
export interface PinRecord {
  readonly format: typeof FORMAT;
  readonly host: string;
  /** Id of the snapshot. */
  readonly snapshot: string;
  /** Reason for keeping it. */
  readonly label: string;
  /** Time of the pin: RFC 3339, UTC. */
  readonly pinned: string;
  /** Day after which it may be unpinned, such as `2031-12-31`; null for never. */
  readonly until: string | null;
  /** Objects that a restore of the snapshot reads: full names and sizes. The size of a receipt is 0. */
  readonly objects: readonly (readonly [name: string, size: number])[];
}

/** Returns the record of a pin. */
export function pinRecord(pin: Omit<PinRecord, "format">): PinRecord {
  return { format: FORMAT, ...pin };
}

/** Returns the name and the bytes of a record. The name has its SHA-256, so a new label is a new object. */
export function encodePin(pin: PinRecord): { name: string; bytes: Uint8Array<ArrayBuffer> } {
  const { format, host, snapshot, label, pinned, until, objects } = pin;
  const text = JSON.stringify({ format, host, snapshot, label, pinned, until, objects });
  const bytes = new TextEncoder().encode(text);
  return { name: `${PIN_DIRECTORY}${host}/${snapshot}-${sha256(bytes)}.json`, bytes };
}

/**
 * Reads a record.
 *
 * @throws {Damage} if it is not what {@linkcode encodePin} writes under this name.
 */
export function decodePin(name: string, bytes: Uint8Array<ArrayBuffer>): PinRecord {
  const label = `The record of the pin "${name}"`;
  const value = parseStrictJson(new TextDecoder().decode(bytes), { label, maxDepth: 3 });
  if (!isPin(value) || encodePin(value).name !== name || !name.includes(sha256(bytes))) {
    throw new Damage(`${label} is damaged`);
  }
  return value;
}

function isPin(value: unknown): value is PinRecord {
  if (!isObject(value)) return false;
  const { format, host, snapshot, label, pinned, until, objects } = value;
  return format === FORMAT && typeof host === "string" && isHostName(host) &&
    typeof snapshot === "string" && snapshotTime(snapshot) !== undefined &&
    typeof label === "string" && label.length <= MAX_LABEL &&
    typeof pinned === "string" && isInstant(pinned) && (until === null || isDay(until)) &&
    Array.isArray(objects) && objects.every((it) => isListed(it, host));
}

/** Returns whether a value is a day, such as `2031-12-31`. */
export function isDay(value: unknown): value is string {
  return typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) && isInstant(`${value}T00:00:00.000Z`);
}

function isListed(value: unknown, host: string): boolean {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === "string" &&
    value[0].startsWith(`${host}/`) && Number.isSafeInteger(value[1]) && value[1] >= 0;
}
