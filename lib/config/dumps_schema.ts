import * as v from "valibot";
import { type FieldContext, fileName, identifier, shape, unique } from "./fields.ts";
import { commandSchema, duration } from "./hooks_schema.ts";
import type { Dump } from "./types.ts";

/** Maximum length of a file name in most file systems. */
const MAX_NAME_BYTES = 255;

/** A longer dump would overlap with that of the next night. */
const DEFAULT_TIME_LIMIT = "12h";

/** Returns the schema of `dumps`. */
export function dumpsSchema(place: FieldContext): v.GenericSchema<unknown, readonly Dump[]> {
  const dump = v.pipe(
    shape({
      name: v.pipe(fileName, v.maxBytes(MAX_NAME_BYTES)),
      command: commandSchema(place),
      user: v.optional(identifier),
      timeLimit: v.optional(duration, DEFAULT_TIME_LIMIT),
    }),
    v.transform(({ name, command, user, timeLimit }): Dump => ({ name, command, user, timeLimit })),
  );
  return v.pipe(v.array(dump), unique((it: Dump) => `"${it.name}"`));
}
