import * as v from "schema";
import { fileName, identifier, type Place, shape, unique } from "./fields.ts";
import { command } from "./hooks_schema.ts";
import type { Dump } from "./types.ts";

/** A file system takes no longer names. */
const MAX_NAME_BYTES = 255;

/** The `dumps` of one host, as unknown input. */
export function dumpsSchema(place: Place): v.GenericSchema<unknown, readonly Dump[]> {
  const dump = v.pipe(
    shape({
      name: v.pipe(fileName, v.maxBytes(MAX_NAME_BYTES)),
      command: command(place),
      user: v.optional(identifier),
    }),
    v.transform(({ name, command, user }): Dump => ({ name, command, user })),
  );
  return v.pipe(v.array(dump), unique((it: Dump) => `"${it.name}"`));
}
