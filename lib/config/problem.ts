import type * as v from "valibot";
import { remedy } from "./remedy.ts";
import { suggest } from "./suggest.ts";

/** Path into the config: keys and list indexes. */
export type Path = readonly (string | number)[];

/** Returns the line of a problem: its path, the fault and the hint. */
export function problem(path: Path, fault: string, hint: string): string {
  return `${printPath(path)}: ${fault}; ${hint}`;
}

/**
 * Returns the line for an issue of the schema.
 *
 * @param prefix Path of the checked settings: `["hosts", name]`, or `[]` for the top level.
 */
export function describeIssue(issue: v.BaseIssue<unknown>, prefix: Path): string {
  const within = issuePath(issue);
  const path = [...prefix, ...within];
  if (issue.type === "never") return unknownKey(path, within, issue.message);
  if (issue.kind === "schema" && issue.input === undefined) {
    const inherited = within.length === 1 && prefix.length > 0;
    return problem(path, inherited ? "missing, here and at the top level" : "missing", remedy(within));
  }
  return problem(path, issue.type === "check" ? issue.message : standardFault(issue), remedy(within));
}

/** Returns whether an issue is a missing setting. */
export function isMissingSetting(issue: v.BaseIssue<unknown>): boolean {
  return issue.kind === "schema" && issue.input === undefined && issue.path?.length === 1;
}

/** Returns the path of an issue within the checked settings. */
export function issuePath(issue: v.BaseIssue<unknown>): Path {
  return (issue.path ?? []).map(({ key }) => key as string | number);
}

function unknownKey(path: Path, within: Path, known: string): string {
  const candidates = known.split(", ");
  if (path.length === 1) candidates.push("hosts", "owner");
  const near = suggest(String(within.at(-1)), candidates);
  if (near !== undefined) return problem(path, "unknown key", `did you mean "${near}"?`);
  const parent = within.slice(0, -1);
  const hint = parent.length > 0 ? remedy(parent) : `known keys are ${candidates.join(", ")}`;
  return problem(path, "unknown key", hint);
}

/** Returns the fault of a standard issue. It shows the value only for numbers and choices, which cannot be a secret. */
function standardFault({ kind, type, expected, input }: v.BaseIssue<unknown>): string {
  if (type === "non_empty") return "must not be empty";
  if (type === "max_bytes") return "must be shorter";
  if (type === "variant" && expected !== "Object" && typeof input === "string") {
    return `cannot be "${input}"`;
  }
  if (kind !== "schema") return `cannot be ${input}`;
  const wanted = WANTED[type];
  return wanted === undefined ? `cannot be ${kindOf(input)}` : `must be ${wanted}, got ${kindOf(input)}`;
}

/** Types that a value must have, by the type of the schema. */
const WANTED: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  number: "a number",
  object_with_rest: "an object",
  string: "a string",
};

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return "a string";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

/** Returns a path as text: `hosts."web1.example.org".paths[0]` */
function printPath(path: Path): string {
  return path.map((step, at) => {
    if (typeof step === "number") return `[${step}]`;
    return (at === 0 ? "" : ".") + (/^[A-Za-z_]\w*$/.test(step) ? step : JSON.stringify(step));
  }).join("");
}
