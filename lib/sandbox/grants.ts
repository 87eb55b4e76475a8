/** Permissions of one kind: everything, or the listed items. */
export type Grant = true | readonly string[];

/** Permissions of a process. Everything else is refused. */
export interface Grants {
  /** Absolute paths that it may read; a directory includes everything below it. */
  readonly read: Grant;
  /** Absolute paths that it may write; a directory includes everything below it. */
  readonly write: Grant;
  /** Servers that it may connect to, as `host:port`; `*.host:port` means all subdomains. */
  readonly net: Grant;
  /** Names of environment variables that it may read. */
  readonly env: Grant;
  /** Variables that appear unset, because libraries read more than they need. A `*` at the end matches any suffix. */
  readonly hidden: readonly string[];
  /** System information that it may read, by Deno's names, such as `hostname`. */
  readonly sys: Grant;
  /** Programs that it may run, as they are started. */
  readonly run: Grant;
}

/** Kinds of permissions, by their names in Deno's flags and `deno.json`. */
export const KINDS = ["read", "write", "net", "env", "sys", "run"] as const;

/** Kind of permission. */
export type Kind = typeof KINDS[number];

/** No permissions. */
export const NOTHING: Grants = { read: [], write: [], net: [], env: [], hidden: [], sys: [], run: [] };

/** Returns whether `grant` includes `item`. */
export function covers(kind: Kind, grant: Grant, item: string): boolean {
  if (grant === true) return true;
  if (kind !== "read" && kind !== "write") return grant.includes(item);
  return grant.some((path) => item === path || item.startsWith(path === "/" ? "/" : `${path}/`));
}
