import * as v from "valibot";
import { type FieldContext, fileName, identifier, shape, unique } from "./fields.ts";
import { commandSchema, duration } from "./hooks_schema.ts";
import type { Dump } from "./types.ts";

/** A file system takes no longer names. */
const MAX_NAME_BYTES = 255;

/** A dump that runs longer meets the next night's. */
const DEFAULT_TIME_LIMIT = "12h";

/** The `dumps` of one host, as unknown input. */
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
