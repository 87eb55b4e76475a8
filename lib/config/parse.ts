import * as v from "valibot";
import { Misuse } from "../model/failure.ts";
import { isHostName } from "../model/name.ts";
import { isObject } from "../model/object.ts";
import { hostSchema } from "./host_schema.ts";
import { describeIssue, isMissingSetting, issuePath, problem } from "./problem.ts";
import { parseOwner } from "./owner.ts";
import { remedy } from "./remedy.ts";
import type { Host } from "./types.ts";

/** Context in which a config is parsed. */
export interface Context {
  /** Absolute path of the directory of the config file, which relative paths are resolved against. */
  readonly directory: string;
  /** Absolute default of `state`. */
  readonly stateDirectory: string;
  /** Name of the config in messages. Default: "The config". */
  readonly title?: string;
}

/** Reports one problem of each value, but all values with problems. */
const ONE_EACH = { abortPipeEarly: true } as const;

/** Settings as written, not checked yet. */
type Written = Readonly<Record<string, unknown>>;

/**
 * Checks the value of a config and fills in the defaults.
 *
 * @throws {Misuse} if the config is invalid. The message has a line for each problem: its path, the problem and the
 * expected value.
 */
export function parseConfig(value: unknown, context: Context): ReadonlyMap<string, Host> {
  const title = context.title ?? "The config";
  if (!isObject(value)) {
    throw new Misuse(`${title} does not export an object`, {
      hint: "Add: export default { …, hosts: { … } }",
    });
  }
  const { hosts: written, owner, ...top } = present(value);
  const parsed = parseOwner(owner, context.directory);
  const problems = new Set([...topProblems(top, context), ...("notify" in parsed ? [] : parsed)]);
  const hosts = new Map<string, Host>();
  for (const [name, own] of hostEntries(written, problems)) {
    const host = parseHost(name, own, top, context, problems);
    if (host !== undefined) hosts.set(name, host);
  }
  if (problems.size > 0) throw new Misuse(heading(title, problems.size), { details: [...problems] });
  return hosts;
}

/** Returns the problems of the top level, which every host would repeat, or no host has because it overrides them. */
function topProblems(top: Written, context: Context): string[] {
  const { issues = [] } = v.safeParse(hostSchema({ host: undefined, ...context }), top, ONE_EACH);
  return issues.filter((issue) => !isMissingSetting(issue)).map((issue) => describeIssue(issue, []));
}

function hostEntries(hosts: unknown, problems: Set<string>): [string, unknown][] {
  const entries = isObject(hosts) ? Object.entries(hosts) : [];
  if (entries.length === 0) {
    problems.add(
      problem(["hosts"], hosts === undefined ? "missing" : "must have at least one host", remedy(["hosts"])),
    );
  }
  return entries;
}

function parseHost(
  name: string,
  own: unknown,
  top: Written,
  context: Context,
  problems: Set<string>,
): Host | undefined {
  const at = ["hosts", name];
  if (!isHostName(name)) problems.add(hostNameProblem(name));
  if (!isObject(own)) {
    problems.add(problem(at, "must be an object", 'write what it backs up: { paths: ["/etc", "/srv"] }'));
    return undefined;
  }
  const result = v.safeParse(hostSchema({ host: name, ...context }), { ...top, ...present(own) }, ONE_EACH);
  for (const issue of result.issues ?? []) {
    const [key] = issuePath(issue);
    const inherited = key !== undefined && key in top && !(key in present(own));
    problems.add(describeIssue(issue, inherited ? [] : at));
  }
  return result.success ? result.output : undefined;
}

function hostNameProblem(name: string): string {
  const lower = name.toLowerCase();
  const hint = lower !== name && isHostName(lower)
    ? `write it in lower case: "${lower}"`
    : "write letters, digits, hyphens and underscores with dots between, as `hostname` prints them";
  return problem(["hosts", name], "must be the name of a host", hint);
}

function heading(title: string, problems: number): string {
  return problems === 1 ? `${title} has a problem:` : `${title} has ${problems} problems:`;
}

/** Returns the settings without keys that are undefined. */
function present(settings: Written): Written {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
