import * as v from "valibot";
import { bucketFault } from "./bucket.ts";
import { type FieldContext, identifier, path, shape, template, textSchema } from "./fields.ts";
import type { CredentialsReference, Store } from "./types.ts";

const DEFAULT_CREDENTIALS: CredentialsReference = { env: "AWS" };

/** Returns the schema of `store`. */
export function storeSchema(place: FieldContext): v.GenericSchema<unknown, Store> {
  const directory = shape({ kind: v.literal("directory"), path: v.pipe(template(place), path(place)) });
  const s3 = shape({
    kind: v.literal("s3"),
    bucket: bucket(place),
    region: identifier,
    endpoint: v.optional(endpoint),
    prefix: v.optional(prefix(place)),
    vault: v.optional(vault),
    storageClass: v.optional(identifier),
    createOnly: v.optional(v.boolean(), true),
    objectLock: v.optional(shape({ mode: v.picklist(["governance", "compliance"]) })),
    credentials: v.optional(credentials(place)),
  });
  return v.pipe(
    v.variant("kind", [directory, s3]),
    v.transform((it): Store =>
      it.kind === "directory" ? it : {
        ...it,
        endpoint: it.endpoint,
        prefix: it.prefix ?? "",
        vault: it.vault,
        storageClass: it.storageClass,
        objectLock: it.objectLock,
        credentials: it.credentials ?? DEFAULT_CREDENTIALS,
      }
    ),
  );
}

/** Schema of a server URL. A URL may contain a password, so messages never show it. */
const endpoint = v.pipe(
  textSchema,
  v.check((it) => URL.canParse(it) && /^https?:$/.test(new URL(it).protocol), "must be an http or https URL"),
  v.check((it) => !/[@?#]/.test(it), "must have only a server and a port"),
  v.check((it) => !URL.canParse(it) || new URL(it).pathname === "/", "must not have a path"),
  v.transform((it) => new URL(it).origin),
);

/** Schema of the identity that `provision` writes: 32 hexadecimal digits. */
const vault = v.pipe(
  textSchema,
  v.transform((it) => it.toLowerCase()),
  v.check((it) => /^[0-9a-f]{32}$/.test(it), "must be the identity of a bucket"),
);

/** Returns the schema of a bucket name. A name with `{host}` is checked only after the host's name is filled in. */
function bucket(place: FieldContext): v.GenericSchema<string> {
  return v.pipe(
    template(place),
    v.check(
      (name) => name.includes("{host}") || bucketFault(name) === undefined,
      ({ input }) => `"${input}" ${bucketFault(input)}`,
    ),
  );
}

/** Maximum length of the prefix. An object name has at most 1,024 bytes, and `<host>/<snapshot>/<name>` needs up to 400. */
const MAX_PREFIX_BYTES = 512;

function prefix(place: FieldContext): v.GenericSchema<string> {
  return v.pipe(
    template(place),
    v.check((it) => !it.startsWith("/"), "must not start with a slash"),
    v.maxBytes(MAX_PREFIX_BYTES),
    v.transform((it) => it.replace(/\/$/, "")),
    v.check((it) => !it.split("/").some(isDots), 'must not have an empty, "." or ".." directory'),
  );
}

function isDots(name: string): boolean {
  return name === "" || name === "." || name === "..";
}

/** Returns the schema of `credentials`. The value may be a misplaced secret, so messages never show it. */
export function credentials(place: FieldContext): v.GenericSchema<unknown, CredentialsReference> {
  const variables = v.pipe(
    textSchema,
    v.check((it) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(it), "must be the prefix of a variable name"),
    v.check(
      (it) => !/_(ACCESS_KEY(_ID)?|SESSION_TOKEN)$/.test(it),
      "must be a prefix, not a complete variable name",
    ),
  );
  return v.pipe(
    shape({ env: v.optional(variables), file: v.optional(path(place)) }),
    v.check(({ env, file }) => (env === undefined) !== (file === undefined), "must have either env or file"),
    v.transform(({ env, file }): CredentialsReference => file === undefined ? { env: env! } : { file }),
  );
}
