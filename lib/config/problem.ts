import type * as v from "valibot";
import { remedy } from "./remedy.ts";
import { suggest } from "./suggest.ts";

/** Steps into the config: keys, and places in lists. */
export type Path = readonly (string | number)[];

/** One line about one thing that is wrong: where, what, and what to write instead. */
export function problem(path: Path, fault: string, hint: string): string {
  return `${printPath(path)}: ${fault}; ${hint}`;
}

/**
 * Words an issue of the schema.
 *
 * @param prefix Where the settings that were judged stand: `["hosts", name]`, or `[]` for the top.
 */
export function describeIssue(issue: v.BaseIssue<unknown>, prefix: Path): string {
  const within = issuePath(issue);
  const path = [...prefix, ...within];
  if (issue.type === "never") return unknownKey(path, within, issue.message);
  if (issue.kind === "schema" && issue.input === undefined) {
    const inherited = within.length === 1 && prefix.length > 0;
    return problem(path, inherited ? "missing, here and at the top" : "missing", remedy(within));
  }
  return problem(path, issue.type === "check" ? issue.message : standardFault(issue), remedy(within));
}

/** Whether the issue is that a setting is not there at all. */
export function isMissingSetting(issue: v.BaseIssue<unknown>): boolean {
  return issue.kind === "schema" && issue.input === undefined && issue.path?.length === 1;
}

export function issuePath(issue: v.BaseIssue<unknown>): Path {
  return (issue.path ?? []).map(({ key }) => key as string | number);
}

function unknownKey(path: Path, within: Path, known: string): string {
  const candidates = known.split(", ");
  if (path.length === 1) candidates.push("hosts");
  const near = suggest(String(within.at(-1)), candidates);
  if (near !== undefined) return problem(path, "unknown key", `did you mean "${near}"?`);
  const parent = within.slice(0, -1);
  const hint = parent.length > 0 ? remedy(parent) : `known are ${candidates.join(", ")}`;
  return problem(path, "unknown key", hint);
}

/** The value is shown only where no secret can stand by mistake: numbers, and words to choose from. */
function standardFault({ kind, type, expected, input }: v.BaseIssue<unknown>): string {
  if (type === "non_empty") return "empty";
  if (type === "max_bytes") return "too long";
  if (type === "variant" && expected !== "Object" && typeof input === "string") {
    return `"${input}" is not possible`;
  }
  return `${kind === "schema" ? kindOf(input) : input} is not possible`;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return "a text";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

/** `hosts."web1.example.org".paths[0]` */
function printPath(path: Path): string {
  return path.map((step, at) => {
    if (typeof step === "number") return `[${step}]`;
    return (at === 0 ? "" : ".") + (/^[A-Za-z_]\w*$/.test(step) ? step : JSON.stringify(step));
  }).join("");
}
