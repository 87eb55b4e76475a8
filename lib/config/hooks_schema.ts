import { resolve } from "node:path/posix";
import * as v from "valibot";
import { type FieldContext, shape, textSchema } from "./fields.ts";
import { parseDuration } from "./duration.ts";
import type { Command } from "./settings.ts";
import type { Hooks } from "./types.ts";

const DEFAULT_TIME_LIMIT = "1h";

/** Returns the schema of a program and its arguments. A program with a slash is a path relative to the config. */
export function commandSchema({ directory }: FieldContext): v.GenericSchema<unknown, Command> {
  return v.pipe(
    v.array(v.pipe(v.string(), v.check((it) => !it.includes("\0"), "must not have a NUL character"))),
    v.nonEmpty(),
    v.check(([program]) => program !== "", "must start with a program"),
    v.transform(([program = "", ...args]): Command => [
      program.includes("/") ? resolve(directory, program) : program,
      ...args,
    ]),
  );
}

/** Schema of a duration, converted to milliseconds. */
export const duration: v.GenericSchema<unknown, number> = v.pipe(
  textSchema,
  v.check((it) => parseDuration(it) > 0, ({ input }) => `must be a duration, got ${JSON.stringify(input)}`),
  v.transform(parseDuration),
);

/** Returns the schema of `hooks`. */
export function hooksSchema(place: FieldContext): v.GenericSchema<unknown, Hooks> {
  const hook = v.optional(commandSchema(place));
  return v.pipe(
    shape({
      before: hook,
      after: hook,
      failed: hook,
      finally: hook,
      timeLimit: v.optional(duration, DEFAULT_TIME_LIMIT),
    }),
    v.transform(({ before, after, failed, finally: last, timeLimit }): Hooks => ({
      before,
      after,
      failed,
      finally: last,
      timeLimit,
    })),
  );
}
