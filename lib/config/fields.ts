/** Parts of the config schemas. The message of a check says only what is wrong: `problem.ts` adds path and remedy. */
import { resolve } from "node:path/posix";
import * as v from "valibot";
import { snapshotTime } from "../model/snapshot.ts";
import { fingerprintFault, plainFingerprint } from "./fingerprint.ts";
import { parseSize } from "./size.ts";

/** Context in which the settings of a host are parsed. */
export interface FieldContext {
  /** Name of the host; undefined while the top level of the config is checked by itself. */
  readonly host: string | undefined;
  /** Absolute directory of the config file. */
  readonly directory: string;
  /** Absolute default of `state`. */
  readonly stateDirectory: string;
}

/**
 * Returns the schema of an object with exactly these keys. It has the type of `v.strictObject`, which reports only the
 * first unknown key. Here each unknown key is an issue of type `never`, whose message lists the known keys.
 */
export function shape<const Entries extends v.ObjectEntries>(
  entries: Entries,
): v.StrictObjectSchema<Entries, undefined> {
  const strict: unknown = v.objectWithRest(entries, v.never(Object.keys(entries).join(", ")));
  return strict as v.StrictObjectSchema<Entries, undefined>;
}

/** Schema of a string that can be part of a path, a pattern or a name. */
export const textSchema = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.check((it) => !it.includes("\0"), "must not have a NUL character"),
);

/** Schema of an exclude pattern. It refuses "!", which negates a pattern in `.gitignore` and has no meaning here. */
export const pattern = v.pipe(
  textSchema,
  v.check((it) => !it.startsWith("!"), 'must not start with "!": patterns cannot be negated'),
);

/** Schema of a file name without a slash. */
export const fileName = v.pipe(
  textSchema,
  v.check(
    (it) => !it.includes("/") && it !== "." && it !== "..",
    ({ input }) => `must be the name of a file, got "${input}"`,
  ),
);

/** Schema of an identifier that is sent in requests unchanged. */
export const identifier = v.pipe(
  textSchema,
  v.check(
    (it) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(it),
    ({ input }) => `"${input}" must have only letters, digits, dots, hyphens and underscores`,
  ),
);

/** Schema of a size, converted to bytes. */
export const size = v.pipe(
  v.union([v.number(), v.string()]),
  v.check(
    (it) => Number.isSafeInteger(parseSize(it)),
    ({ input }) => `must be ${sizeForm(input)}, got ${JSON.stringify(input)}`,
  ),
  v.transform(parseSize),
);

/** Returns the form that a refused value should have. Text may lack the unit, or have an ambiguous one. */
function sizeForm(input: number | string): string {
  return Number.isNaN(parseSize(input)) ? "a size in KiB, MiB, GiB or TiB" : "a whole number of bytes";
}

/** Schema of a fingerprint, converted to its plain form. */
export const fingerprint = v.pipe(
  textSchema,
  v.transform(plainFingerprint),
  v.check((it) => fingerprintFault(it) === undefined, ({ input }) => fingerprintFault(input)!),
);

/** Schema of a snapshot id, as `list` prints it. */
export const snapshotId = v.pipe(
  textSchema,
  v.check((it) => snapshotTime(it) !== undefined, "must be the id of a snapshot"),
);

/** Returns the schema of a path, which is made absolute and normalised. */
export function path({ directory }: FieldContext): v.GenericSchema<string> {
  return v.pipe(
    textSchema,
    v.check((it) => !it.startsWith("~"), "must not start with ~, which only a shell expands"),
    v.transform((it) => resolve(directory, it)),
  );
}

/** Returns the schema of a string in which `{host}` is replaced by the host's name. */
export function template({ host }: FieldContext): v.GenericSchema<string> {
  return v.pipe(
    textSchema,
    v.check((it) => !/\{(?!host\})/.test(it), "must not have a placeholder other than {host}"),
    v.transform((it) => host === undefined ? it : it.replaceAll("{host}", host)),
  );
}

/** Returns a check that refuses duplicates in a list: one of the two is probably a mistake. */
export function unique<T>(
  key: (item: T) => string,
): v.CheckAction<T[], (issue: v.CheckIssue<T[]>) => string> {
  return v.check(
    (list) => repeated(list, key) === undefined,
    ({ input }) => `must not have ${repeated(input, key)} twice`,
  );
}

function repeated<T>(list: readonly T[], key: (item: T) => string): string | undefined {
  const keys = list.map(key);
  return keys.find((it, at) => keys.indexOf(it) < at);
}
