import * as v from "valibot";
import { DEFAULT_DRILL, type DrillSettings, type DumpCheck } from "./drill.ts";
import { type FieldContext, fileName, path, shape, size, textSchema, unique } from "./fields.ts";
import { commandSchema, duration } from "./hooks_schema.ts";

const MAX_FILES = 10_000;

const DEFAULT_TIME_LIMIT = "1h";

/** Returns the schema of `drill`. */
export function drillSchema(place: FieldContext): v.GenericSchema<unknown, DrillSettings> {
  const command = v.optional(commandSchema(place));
  const check = v.pipe(
    shape({
      load: command,
      check: command,
      expect: v.optional(textSchema),
      timeLimit: v.optional(duration, DEFAULT_TIME_LIMIT),
    }),
    v.check(
      ({ load, check }) => load !== undefined || check !== undefined,
      'must have "load", "check" or both',
    ),
    v.check(({ check, expect }) => check !== undefined || expect === undefined, '"expect" requires "check"'),
  );
  return v.pipe(
    shape({
      always: v.optional(v.pipe(v.array(path(place)), unique((it: string) => it)), [
        ...DEFAULT_DRILL.always,
      ]),
      files: v.optional(
        v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_FILES)),
        DEFAULT_DRILL.files,
      ),
      bytes: v.optional(size, DEFAULT_DRILL.bytes),
      dumps: v.optional(v.record(fileName, check), {}),
    }),
    v.transform(({ dumps, ...rest }): DrillSettings => ({
      ...rest,
      dumps: Object.entries(dumps).map(([name, { load, check, expect, timeLimit }]): DumpCheck => ({
        name,
        load,
        check,
        expect,
        timeLimit,
      })),
    })),
  );
}
