/** What may be used of one kind of power: all there is, or what is listed. */
export type Grant = true | readonly string[];

/** What a process may do, and nothing beyond. */
export interface Grants {
  /** Absolute paths, which mean what is below, too. */
  readonly read: Grant;
  /** The same. */
  readonly write: Grant;
  /** Servers as `host:port`; `*.host:port` stands for all below that name. */
  readonly net: Grant;
  /** Names of environment variables. */
  readonly env: Grant;
  /** Variables that read as not set: libraries ask for more than they need. A `*` at the end stands for any. */
  readonly hidden: readonly string[];
  /** What may be asked about the machine, as Deno calls it. */
  readonly sys: Grant;
  /** Programs, as they are started. */
  readonly run: Grant;
}

/** The kinds of power that Deno grants, as its flags and its `deno.json` call them. */
export const KINDS = ["read", "write", "net", "env", "sys", "run"] as const;

/** One of them. */
export type Kind = typeof KINDS[number];

/** No power at all. */
export const NOTHING: Grants = { read: [], write: [], net: [], env: [], hidden: [], sys: [], run: [] };

/** Whether what `grant` allows includes `item`. */
export function covers(kind: Kind, grant: Grant, item: string): boolean {
  if (grant === true) return true;
  if (kind !== "read" && kind !== "write") return grant.includes(item);
  return grant.some((path) => item === path || item.startsWith(path === "/" ? "/" : `${path}/`));
}
