import * as v from "valibot";
import type { CopyStore, Mirror } from "./types.ts";
import { type FieldContext, fingerprint, shape, unique } from "./fields.ts";
import { credentials, storeSchema } from "./store_schema.ts";

/** Maximum number of signing keys, of a host or of its owner. */
const MAX_SIGNERS = 100;

/** Schema of `signer`. One fingerprint is short for a list. */
export const signers = v.lazy((it): v.GenericSchema<unknown, string[]> =>
  Array.isArray(it)
    ? v.pipe(v.array(fingerprint), v.nonEmpty(), v.maxLength(MAX_SIGNERS), unique((it: string) => it))
    : v.pipe(fingerprint, v.transform((it) => [it]))
);

const mirrorName = v.pipe(
  v.string(),
  v.check((it) => /^[a-z][a-z0-9-]{0,30}$/.test(it) && it !== "pins", "must be the name of a mirror"),
);

/**
 * Returns the schema of `mirrors`. It is lazy, as that of `pins`, so that the keys of a store are documented once.
 */
export function mirrorsSchema(place: FieldContext): v.GenericSchema<unknown, Mirror[]> {
  return v.lazy(() =>
    v.pipe(
      v.record(mirrorName, shape({ ...copyEntries(place), signer: v.optional(signers) })),
      v.transform((it) =>
        Object.entries(it).map(([name, { store, putCredentials, signer = [] }]): Mirror => ({
          name,
          store,
          putCredentials,
          signers: signer,
        }))
      ),
    )
  );
}

/** Returns the schema of `pins`. */
export function pinsSchema(place: FieldContext): v.GenericSchema<unknown, CopyStore> {
  return v.lazy(() =>
    v.pipe(
      shape(copyEntries(place)),
      v.transform(({ store, putCredentials }): CopyStore => ({ store, putCredentials })),
    )
  );
}

// deno-lint-ignore explicit-function-return-type
function copyEntries(place: FieldContext) {
  return { store: storeSchema(place), putCredentials: v.optional(credentials(place)) };
}
