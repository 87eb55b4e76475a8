/** Plans an executable for one host: its config and its permissions. */
import { basename, dirname, resolve } from "node:path/posix";
import { loadConfig } from "../../lib/config/load.ts";
import { selectHost } from "../../lib/config/select.ts";
import type { BuiltFor } from "../../lib/app/installation.ts";
import { hostSets, type NamedSet } from "../../lib/permissions/sets.ts";
import type { Grants } from "../../lib/sandbox/grants.ts";

/** Host and config, as the command line names them. */
export interface Order {
  /** Path of the config on this machine. */
  readonly config: string;
  /** Host of the config. */
  readonly host: string;
  /** Absolute directory of the config on the host. Default: its directory on this machine. */
  readonly at?: string | undefined;
  /** Whether the executable includes the config. */
  readonly embed: boolean;
}

/** Options of {@link Order} for `parseArgs`. */
export const ORDER = {
  config: { type: "string" },
  host: { type: "string" },
  at: { type: "string" },
  embed: { type: "boolean", default: false },
} as const;

/** Plan of an executable. */
export interface BuildPlan {
  readonly builtFor: BuiltFor;
  /** Path of the config to include; undefined if it is read on the host. */
  readonly embedded: string | undefined;
  /** Permission sets of the commands that the host runs, as root. */
  readonly sets: readonly NamedSet[];
}

/** Returns the plan for an order. */
export async function planBuild({ config, host: name, at, embed }: Order): Promise<BuildPlan> {
  const here = resolve(config);
  const there = `${at === undefined ? dirname(here) : resolve(at)}/${basename(here)}`;
  const host = selectHost(await loadConfig(config, { stateDirectory: "/var/lib/nightdrop" }), name, name);
  // An embedded config has a value. Which one does not matter for the permissions.
  const builtFor = { host: host.name, config: here, ...(embed ? { value: {} } : {}) };
  const sets = await hostSets(host, {
    config: here,
    uid: 0,
    environment: (variable) => Deno.env.get(variable),
    installation: { kind: "executable", file: "nightdrop", builtFor },
  });
  const moved = sets.map((set) => ({
    ...set,
    grants: movedGrants(set.grants, dirname(here), dirname(there)),
  }));
  return { builtFor: { host: host.name, config: there }, embedded: embed ? here : undefined, sets: moved };
}

/** Returns the host with paths relative to the directory that the config has on the host. */
function movedGrants(grants: Grants, from: string, to: string): Grants {
  const moved = (path: string): string =>
    path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : path;
  const { read, write } = grants;
  return {
    ...grants,
    read: read === true ? true : read.map(moved),
    write: write === true ? true : write.map(moved),
  };
}

/** Returns the expression for the `Installation` of an executable. `file` is the expression for its path. */
export function installationOf({ builtFor, embedded }: BuildPlan, file: string): string {
  const { host, config } = builtFor;
  const value = embedded === undefined ? "" : ", value: config";
  return `{ kind: "executable", file: ${file}, builtFor: { host: ${JSON.stringify(host)}, ` +
    `config: ${JSON.stringify(config)}${value} } }`;
}
