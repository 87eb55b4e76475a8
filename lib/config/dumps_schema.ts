import * as v from "schema";
import { fileName, identifier, type Place, shape, unique } from "./fields.ts";
import { command, duration } from "./hooks_schema.ts";
import type { Dump } from "./types.ts";

/** A file system takes no longer names. */
const MAX_NAME_BYTES = 255;

/** A dump that runs longer meets the next night's. */
const DEFAULT_TIME_LIMIT = "12h";

/** The `dumps` of one host, as unknown input. */
export function dumpsSchema(place: Place): v.GenericSchema<unknown, readonly Dump[]> {
  const dump = v.pipe(
    shape({
      name: v.pipe(fileName, v.maxBytes(MAX_NAME_BYTES)),
      command: command(place),
      user: v.optional(identifier),
      timeLimit: v.optional(duration, DEFAULT_TIME_LIMIT),
    }),
    v.transform(({ name, command, user, timeLimit }): Dump => ({ name, command, user, timeLimit })),
  );
  return v.pipe(v.array(dump), unique((it: Dump) => `"${it.name}"`));
}
