import * as v from "valibot";
import { MAX_PART_BYTES, MAX_RECIPIENTS } from "../model/receipt.ts";
import {
  type FieldContext,
  fileName,
  fingerprint,
  path,
  pattern,
  shape,
  size,
  snapshotId,
  unique,
} from "./fields.ts";
import { drillSchema } from "./drill_schema.ts";
import { mirrorsSchema, pinsSchema, signers } from "./copies_schema.ts";
import { alertsSchema, expectSchema } from "./alerts_schema.ts";
import { environmentSchema } from "./environment_schema.ts";
import { dumpsSchema } from "./dumps_schema.ts";
import { hooksSchema } from "./hooks_schema.ts";
import { notifySchema } from "./notify_schema.ts";
import { storeSchema } from "./store_schema.ts";
import type { Host, Recipient } from "./types.ts";

const MIN_PART_BYTES = 64 * 1024;

/** With less, Deno itself does not start a backup. */
const MIN_MEMORY = 64 * 1024 * 1024;

/** With less, a part takes so long that a dead connection cannot be distinguished from a slow one. */
const MIN_BANDWIDTH = 64 * 1024;

/** Maximum of `retention`: one hundred years. */
const MAX_DAYS = 36_500;

const DEFAULT_REFRESH_DAYS = 30;

const MAX_JOBS = 64;

const DEFAULT_LEVEL = 3;

/** Returns the schema of a number of days. */
function days(least: number): v.GenericSchema<number> {
  return v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(MAX_DAYS));
}

const level = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(19));

/** Schema of `compression`. A string is short for the object of that kind. */
const compression = v.pipe(
  v.unknown(),
  v.transform((it) => typeof it === "string" ? { kind: it } : it),
  v.variant("kind", [
    shape({ kind: v.literal("zstd"), level: v.optional(level, DEFAULT_LEVEL) }),
    shape({ kind: v.literal("gzip") }),
    shape({ kind: v.literal("none") }),
  ]),
);

/** Returns the schema that converts the settings of one host to a {@link Host}. Long because each setting is a line. */
export function hostSchema(place: FieldContext): v.GenericSchema<unknown, Host> {
  const recipient = shape({ file: path(place), fingerprint });
  const settings = shape({
    recipients: v.pipe(
      v.array(recipient),
      v.nonEmpty(),
      v.maxLength(MAX_RECIPIENTS),
      unique((it: Recipient) => it.fingerprint),
    ),
    signer: v.optional(signers),
    acknowledged: v.optional(v.pipe(v.array(snapshotId), unique((it: string) => it)), []),
    store: storeSchema(place),
    retention: shape({ days: days(1), refreshDays: v.optional(days(0), DEFAULT_REFRESH_DAYS) }),
    paths: v.pipe(v.array(path(place)), v.nonEmpty(), unique((it: string) => it)),
    exclude: v.optional(v.array(pattern), []),
    excludeIfPresent: v.optional(v.array(fileName), []),
    excludeCaches: v.optional(v.boolean(), false),
    oneFileSystem: v.optional(v.boolean(), false),
    maxFileSize: v.optional(v.pipe(size, v.minValue(1))),
    attributes: v.optional(v.boolean(), true),
    checksums: v.optional(v.boolean(), true),
    compression: v.optional(compression, "zstd"),
    partSize: v.optional(v.pipe(size, v.minValue(MIN_PART_BYTES), v.maxValue(MAX_PART_BYTES))),
    jobs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_JOBS))),
    memory: v.optional(v.pipe(size, v.minValue(MIN_MEMORY))),
    bandwidth: v.optional(v.pipe(size, v.minValue(MIN_BANDWIDTH))),
    dumps: v.optional(dumpsSchema(place), []),
    hooks: v.optional(hooksSchema(place), {}),
    environment: v.optional(environmentSchema, {}),
    notify: v.optional(notifySchema(place), {}),
    expect: v.optional(expectSchema, {}),
    alerts: v.optional(alertsSchema, {}),
    drill: v.optional(drillSchema(place), {}),
    mirrors: v.optional(mirrorsSchema(place), {}),
    pins: v.optional(pinsSchema(place)),
    state: v.optional(path(place), place.stateDirectory),
  });
  return v.pipe(
    settings,
    v.transform((written): Host => {
      const { paths, exclude, excludeIfPresent, excludeCaches, oneFileSystem, maxFileSize, ...others } =
        written;
      const { signer = [], partSize, jobs, memory, bandwidth, pins, ...rest } = others;
      return {
        ...rest,
        name: place.host ?? "",
        signers: signer,
        selection: { paths, exclude, excludeIfPresent, excludeCaches, oneFileSystem, maxFileSize },
        partSize,
        jobs,
        memory,
        bandwidth,
        pins,
      };
    }),
  );
}
