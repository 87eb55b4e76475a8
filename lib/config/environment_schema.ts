import * as v from "valibot";
import { shape } from "./fields.ts";
import type { ProgramEnvironment } from "./types.ts";

/** Names that nightdrop gives values to, or that hold what no dump and no hook may have. */
const RESERVED = /^(NIGHTDROP_|AWS_|LD_|DENO_)/;

const name = v.pipe(
  v.string(),
  v.check((it) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(it), "is not the name of a variable"),
);

const given = v.pipe(
  name,
  v.check((it) => !RESERVED.test(it), "begins like the variables that programs must not get"),
);

const value = v.pipe(
  v.string(),
  v.check((it) => !it.includes("\0"), "holds a NUL character"),
);

/** The `environment` of one host, as unknown input. */
export const environmentSchema: v.GenericSchema<unknown, ProgramEnvironment> = v.record(
  given,
  v.union([value, shape({ env: name })]),
);
