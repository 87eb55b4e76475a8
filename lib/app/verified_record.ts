import * as v from "valibot";
import { DAY_MS } from "../model/day.ts";
import { MAX_SUBSETS, type Subset } from "../model/subset.ts";
import { countSchema, instantSchema } from "./record_fields.ts";

/** Record of the verifications of a host. Times are RFC 3339. */
export interface VerifiedRecord {
  readonly version: 1;
  /** Name of the host. */
  readonly host: string;
  /** Identity of a bucket, or path of a directory. A record of another store is not used. */
  readonly store: string;
  /** Time at which the last verification ended. */
  readonly at: string;
  /** Result of this verification. `not checked`: something could not be read. */
  readonly result: "good" | "damaged" | "not checked";
  /** Objects that it read: receipts only, random objects, a subset of the objects, all of them, or also their content. */
  readonly kind: "presence" | "sample" | "subset" | "content" | "deep";
  /** Number of snapshots that it checked. */
  readonly snapshots: number;
  /** Number of objects that it read. */
  readonly objects: number;
  /** Bytes of these objects. */
  readonly bytes: number;
  /** Number of findings, except notes. */
  readonly findings: number;
  /** Time at which one verification last read every object; null if none has. */
  readonly complete: string | null;
  /** Times at which the objects of each subset were last read; null if subsets were not read. */
  readonly subsets: { readonly since: string; readonly read: readonly (string | null)[] } | null;
  /** Last verification in which reading objects found damage, until each object has been read again without any. */
  readonly damage: { readonly at: string; readonly findings: number } | null;
}

/** Schema of a {@linkcode VerifiedRecord}. */
export const verifiedSchema: v.GenericSchema<unknown, VerifiedRecord> = v.strictObject({
  version: v.literal(1),
  host: v.string(),
  store: v.string(),
  at: instantSchema,
  result: v.picklist(["good", "damaged", "not checked"]),
  kind: v.picklist(["presence", "sample", "subset", "content", "deep"]),
  snapshots: countSchema,
  objects: countSchema,
  bytes: countSchema,
  findings: countSchema,
  complete: v.nullable(instantSchema),
  subsets: v.nullable(v.strictObject({
    since: instantSchema,
    read: v.pipe(v.array(v.nullable(instantSchema)), v.minLength(2), v.maxLength(MAX_SUBSETS)),
  })),
  damage: v.nullable(v.strictObject({ at: instantSchema, findings: countSchema })),
});

/** Verification that has ended. */
export interface VerificationRun {
  readonly at: Date;
  readonly kind: VerifiedRecord["kind"];
  /** Subset that was read, if the kind is `subset`. */
  readonly subset?: Subset | undefined;
  readonly result: {
    readonly snapshots: number;
    readonly objects: number;
    readonly bytes: number;
    readonly damages: number;
    /** Number of damages that only the content shows, not listings and receipts. */
    readonly contentDamages: number;
    readonly unreadable: number;
    readonly warnings: number;
  };
}

/** Returns the record after a verification. What could not be read does not count as read. */
export function afterVerification(
  before: VerifiedRecord | undefined,
  subject: Pick<VerifiedRecord, "host" | "store">,
  run: VerificationRun,
): VerifiedRecord {
  const { snapshots, objects, bytes, damages, contentDamages, unreadable, warnings } = run.result;
  const at = run.at.toISOString();
  const readings = unreadable > 0 ? readingsOf(before) : withReading(readingsOf(before), run, at);
  const damage = contentDamages > 0 ? { at, findings: contentDamages } : before?.damage ?? null;
  const since = readSince(readings);
  return {
    version: 1,
    ...subject,
    at,
    result: damages > 0 ? "damaged" : unreadable > 0 ? "not checked" : "good",
    kind: run.kind,
    snapshots,
    objects,
    bytes,
    findings: damages + unreadable + warnings,
    ...readings,
    damage: damage !== null && since !== undefined && since > damage.at ? null : damage,
  };
}

/** Times at which objects were read. */
type Readings = Pick<VerifiedRecord, "complete" | "subsets">;

function readingsOf(record: VerifiedRecord | undefined): Readings {
  return { complete: record?.complete ?? null, subsets: record?.subsets ?? null };
}

function withReading(
  { complete, subsets }: Readings,
  { kind, subset }: VerificationRun,
  at: string,
): Readings {
  if (kind === "content" || kind === "deep") return { complete: at, subsets: null };
  if (kind !== "subset" || subset === undefined) return { complete, subsets };
  const isSame = subsets?.read.length === subset.of;
  const { since, read } = isSame ? subsets : { since: at, read: new Array<null>(subset.of).fill(null) };
  return { complete, subsets: { since, read: read.with(subset.part, at) } };
}

/**
 * Returns the time since which every object has been read that was in the store then. Undefined if some objects were
 * never read, as far as is recorded.
 */
export function readSince({ complete, subsets }: Readings): string | undefined {
  const oldest = subsets?.read.map((time) => later(time, complete)).reduce((a, b) =>
    a === null || b === null ? null : a < b ? a : b
  );
  return (oldest === undefined ? complete : oldest) ?? undefined;
}

/**
 * Returns by how many milliseconds the reading of some object is overdue: each should have been read within as many days as
 * there are subsets. What was not read yet counts from the first subset.
 */
export function readingOverdue({ complete, subsets }: Readings, now: Date): number {
  if (subsets === null) return -Infinity;
  const oldest = subsets.read.map((time) => later(time, complete) ?? subsets.since).reduce((a, b) =>
    a < b ? a : b
  );
  return now.getTime() - Date.parse(oldest) - subsets.read.length * DAY_MS;
}

/** Times of this form sort as text. */
function later(a: string | null, b: string | null): string | null {
  return a === null || (b !== null && b > a) ? b : a;
}

/** Returns the time of the last verification that read every object or a subset; undefined if there is none. */
export function lastReading({ complete, subsets }: Readings): string | undefined {
  return (subsets?.read ?? []).reduce(later, complete) ?? undefined;
}
