/**
 * What the schemas of the config are made of. A check's message says what is wrong and no more: `problem.ts`
 * adds the path and the remedy.
 */
import { resolve } from "node:path/posix";
import * as v from "valibot";
import { snapshotTime } from "../model/snapshot.ts";
import { fingerprintFault, plainFingerprint } from "./fingerprint.ts";
import { parseSize } from "./size.ts";

/** What the settings of a host are read with. */
export interface FieldContext {
  /** The host; undefined while the top of the config is judged by itself. */
  readonly host: string | undefined;
  /** Absolute directory of the config file. */
  readonly directory: string;
  /** Absolute default of `state`. */
  readonly stateDirectory: string;
}

/**
 * An object with these keys and no other. `v.strictObject`, whose type this has, tells the first unknown key only;
 * here each is an issue of type `never`, whose message is the list of the known ones.
 */
export function shape<const Entries extends v.ObjectEntries>(
  entries: Entries,
): v.StrictObjectSchema<Entries, undefined> {
  const strict: unknown = v.objectWithRest(entries, v.never(Object.keys(entries).join(", ")));
  return strict as v.StrictObjectSchema<Entries, undefined>;
}

/** A text that can go into a path, a pattern or a name. */
export const textSchema = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.check((it) => !it.includes("\0"), "holds a NUL character"),
);

/** A pattern of what is left out. Those who know `.gitignore` would expect "!" to take something back. */
export const pattern = v.pipe(
  textSchema,
  v.check((it) => !it.startsWith("!"), 'begins with "!", which takes nothing back'),
);

/** A name without a slash. */
export const fileName = v.pipe(
  textSchema,
  v.check(
    (it) => !it.includes("/") && it !== "." && it !== "..",
    ({ input }) => `"${input}" is not the name of a file`,
  ),
);

/** A word that goes into a request as it stands. */
export const identifier = v.pipe(
  textSchema,
  v.check(
    (it) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(it),
    ({ input }) => `"${input}" has other characters in it`,
  ),
);

/** A size, to bytes. */
export const size = v.pipe(
  v.union([v.number(), v.string()]),
  v.check(
    (it) => Number.isSafeInteger(parseSize(it)),
    ({ input }) => `${JSON.stringify(input)} is not a whole number of bytes`,
  ),
  v.transform(parseSize),
);

/** A fingerprint, to its plain form. */
export const fingerprint = v.pipe(
  textSchema,
  v.transform(plainFingerprint),
  v.check((it) => fingerprintFault(it) === undefined, ({ input }) => `is ${fingerprintFault(input)}`),
);

/** The id of a snapshot, as `list` shows it. */
export const snapshotId = v.pipe(
  textSchema,
  v.check((it) => snapshotTime(it) !== undefined, "not the id of a snapshot"),
);

/** A path, to an absolute and normalised one. */
export function path({ directory }: FieldContext): v.GenericSchema<string> {
  return v.pipe(
    textSchema,
    v.check((it) => !it.startsWith("~"), "begins with ~, which only a shell understands"),
    v.transform((it) => resolve(directory, it)),
  );
}

/** A text in which `{host}` stands for the host's name. */
export function template({ host }: FieldContext): v.GenericSchema<string> {
  return v.pipe(
    textSchema,
    v.check((it) => !/\{(?!host\})/.test(it), "holds a placeholder other than {host}"),
    v.transform((it) => host === undefined ? it : it.replaceAll("{host}", host)),
  );
}

/** Refuses a list that says the same thing twice: one of the two was meant to be something else. */
export function unique<T>(
  key: (item: T) => string,
): v.CheckAction<T[], (issue: v.CheckIssue<T[]>) => string> {
  return v.check(
    (list) => repeated(list, key) === undefined,
    ({ input }) => `names ${repeated(input, key)} twice`,
  );
}

function repeated<T>(list: readonly T[], key: (item: T) => string): string | undefined {
  const keys = list.map(key);
  return keys.find((it, at) => keys.indexOf(it) < at);
}
