import * as v from "valibot";
import { countSchema, instantSchema } from "./record_fields.ts";

/** Record of the last drill of a host. */
export interface DrilledRecord {
  readonly version: 1;
  /** Name of the host. */
  readonly host: string;
  /** Identity of a bucket, or path of a directory. A record of another store is not used. */
  readonly store: string;
  /** Time at which the last drill that passed ended, as RFC 3339; null if none has passed. */
  readonly passed: string | null;
  /** Time at which the last drill ended. */
  readonly at: string;
  /** `failed`: something was wrong in the backup. `not run`: a check could not run, which is never a pass. */
  readonly result: "passed" | "failed" | "not run";
  /** Number of checks by their result. */
  readonly checks: { readonly ok: number; readonly failed: number; readonly notRun: number };
  /** Entries that were restored and compared. */
  readonly entries: number;
  /** Bytes of their content. */
  readonly bytes: number;
}

/** Schema of a {@linkcode DrilledRecord}. */
export const drilledSchema: v.GenericSchema<unknown, DrilledRecord> = v.strictObject({
  version: v.literal(1),
  host: v.string(),
  store: v.string(),
  passed: v.nullable(instantSchema),
  at: instantSchema,
  result: v.picklist(["passed", "failed", "not run"]),
  checks: v.strictObject({ ok: countSchema, failed: countSchema, notRun: countSchema }),
  entries: countSchema,
  bytes: countSchema,
});
