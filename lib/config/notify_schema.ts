import * as v from "valibot";
import { Secret } from "../model/secret.ts";
import { type FieldContext, path, shape, template, textSchema } from "./fields.ts";
import type { Notify, UrlReference } from "./types.ts";
import { isWebUrl } from "./url.ts";

/** Returns the schema of `notify`. */
export function notifySchema(place: FieldContext): v.GenericSchema<unknown, Notify> {
  const url = v.optional(urlReference(place));
  const textfile = v.pipe(
    template(place),
    v.check((it) => it.endsWith(".prom"), 'must end in ".prom", or no collector reads it'),
    path(place),
  );
  return v.pipe(
    shape({ ping: url, webhook: url, textfile: v.optional(textfile) }),
    v.transform(({ ping, webhook, textfile }): Notify => ({ ping, webhook, textfile })),
  );
}

/** Returns the schema of a URL. The value may be a secret, so messages never show it. */
export function urlReference(place: FieldContext): v.GenericSchema<unknown, UrlReference> {
  const variable = v.pipe(
    textSchema,
    v.check((it) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(it), "must be the name of a variable"),
  );
  const written = v.pipe(
    v.string(),
    v.check(isWebUrl, "must be an http or https URL"),
    v.transform((it): UrlReference => ({ url: new Secret(it) })),
  );
  const found = v.pipe(
    shape({ env: v.optional(variable), file: v.optional(path(place)) }),
    v.check(({ env, file }) => (env === undefined) !== (file === undefined), "must have either env or file"),
    v.transform(({ env, file }): UrlReference => file === undefined ? { env: env! } : { file }),
  );
  return v.lazy((input): v.GenericSchema<unknown, UrlReference> =>
    typeof input === "string" ? written : found
  );
}
