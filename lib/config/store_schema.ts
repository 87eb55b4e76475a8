import * as v from "valibot";
import { bucketFault } from "./bucket.ts";
import { type FieldContext, identifier, path, shape, template, textSchema } from "./fields.ts";
import type { CredentialsReference, Store } from "./types.ts";

const DEFAULT_CREDENTIALS: CredentialsReference = { env: "AWS" };

/** The `store` of one host, as unknown input. */
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

/** A URL may carry a password, so it is never shown. */
const endpoint = v.pipe(
  textSchema,
  v.check((it) => URL.canParse(it) && /^https?:$/.test(new URL(it).protocol), "is not an http or https URL"),
  v.check((it) => !/[@?#]/.test(it), "holds more than a server and a port"),
  v.check((it) => !URL.canParse(it) || new URL(it).pathname === "/", "holds a path"),
  v.transform((it) => new URL(it).origin),
);

/** What `provision` writes: 32 hexadecimal digits. */
const vault = v.pipe(
  textSchema,
  v.transform((it) => it.toLowerCase()),
  v.check((it) => /^[0-9a-f]{32}$/.test(it), "is not the identity of a bucket"),
);

/** Judged with the host's name in it; while there is none, a name that needs it is nobody's yet. */
function bucket(place: FieldContext): v.GenericSchema<string> {
  return v.pipe(
    template(place),
    v.check(
      (name) => name.includes("{host}") || bucketFault(name) === undefined,
      ({ input }) => `"${input}" is ${bucketFault(input)}`,
    ),
  );
}

/** The longest name of an object is 1,024 bytes, of which `<host>/<snapshot>/<name>` needs up to 400. */
const MAX_PREFIX_BYTES = 512;

function prefix(place: FieldContext): v.GenericSchema<string> {
  return v.pipe(
    template(place),
    v.check((it) => !it.startsWith("/"), "begins with a slash"),
    v.maxBytes(MAX_PREFIX_BYTES),
    v.transform((it) => it.replace(/\/$/, "")),
    v.check((it) => !it.split("/").some(isDots), 'holds an empty, "." or ".." directory'),
  );
}

function isDots(name: string): boolean {
  return name === "" || name === "." || name === "..";
}

/** Whatever stands here may be a secret in the wrong place, so it is never shown. */
function credentials(place: FieldContext): v.GenericSchema<unknown, CredentialsReference> {
  const variables = v.pipe(
    textSchema,
    v.check((it) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(it), "cannot begin the name of a variable"),
    v.check((it) => !/_(ACCESS_KEY(_ID)?|SESSION_TOKEN)$/.test(it), "is a whole name and not its first part"),
  );
  return v.pipe(
    shape({ env: v.optional(variables), file: v.optional(path(place)) }),
    v.check(({ env, file }) => (env === undefined) !== (file === undefined), "is not one of the two"),
    v.transform(({ env, file }): CredentialsReference => file === undefined ? { env: env! } : { file }),
  );
}
