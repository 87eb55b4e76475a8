import * as v from "schema";
import { shape, text } from "./fields.ts";
import { parseDuration } from "./duration.ts";
import type { Command, Hooks } from "./types.ts";

const DEFAULT_TIME_LIMIT = "1h";

/** A program and its arguments, which may be empty. */
export const command: v.GenericSchema<unknown, Command> = v.pipe(
  v.array(v.pipe(v.string(), v.check((it) => !it.includes("\0"), "holds a NUL character"))),
  v.nonEmpty(),
  v.check(([program]) => program !== "", "has no program"),
  v.transform(([program = "", ...args]): Command => [program, ...args]),
);

/** A length of time, to milliseconds. */
const duration = v.pipe(
  text,
  v.check((it) => parseDuration(it) > 0, ({ input }) => `${JSON.stringify(input)} is not a length of time`),
  v.transform(parseDuration),
);

const hook = v.optional(command);

/** The `hooks` of one host, as unknown input. */
export const hooksSchema: v.GenericSchema<unknown, Hooks> = v.pipe(
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
