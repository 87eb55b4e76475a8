import * as v from "valibot";
import { shape } from "./fields.ts";
import type { ProgramEnvironment } from "./settings.ts";

/** Names that nightdrop sets itself, or whose values dumps and hooks must not have. */
const RESERVED = /^(NIGHTDROP_|AWS_|LD_|DENO_)/;

const name = v.pipe(
  v.string(),
  v.check((it) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(it), "must be the name of a variable"),
);

const given = v.pipe(
  name,
  v.check((it) => !RESERVED.test(it), "must not start like the variables that programs must not get"),
);

const value = v.pipe(
  v.string(),
  v.check((it) => !it.includes("\0"), "must not have a NUL character"),
);

/** Schema of `environment`. */
export const environmentSchema: v.GenericSchema<unknown, ProgramEnvironment> = v.record(
  given,
  v.union([value, shape({ env: name })]),
);
