/** What an executable for one host has to know: its config, and the permissions that follow from it. */
import { basename, dirname, resolve } from "node:path/posix";
import { loadConfig } from "../../lib/config/load.ts";
import { selectHost } from "../../lib/config/select.ts";
import type { BuiltFor } from "../../lib/app/installation.ts";
import { hostSets, type NamedSet } from "../../lib/permissions/sets.ts";
import type { Grants } from "../../lib/sandbox/grants.ts";

/** For whom, as the command line says it. */
export interface Order {
  /** The config, here. */
  readonly config: string;
  /** The host of the config. */
  readonly host: string;
  /** Absolute directory in which the config will be on the host; where it is here when that is not said. */
  readonly at?: string | undefined;
  /** Whether the config goes into the executable. */
  readonly embed: boolean;
}

/** The options of {@link Order}, for `parseArgs`. */
export const ORDER = {
  config: { type: "string" },
  host: { type: "string" },
  at: { type: "string" },
  embed: { type: "boolean", default: false },
} as const;

/** An order that was looked into. */
export interface BuildPlan {
  readonly builtFor: BuiltFor;
  /** The config to put into the executable, here; undefined where it is read on the host. */
  readonly embedded: string | undefined;
  /** The permissions of the commands that the host runs, as root. */
  readonly sets: readonly NamedSet[];
}

/** Looks into an order. */
export async function planBuild({ config, host: name, at, embed }: Order): Promise<BuildPlan> {
  const here = resolve(config);
  const there = `${at === undefined ? dirname(here) : resolve(at)}/${basename(here)}`;
  const host = selectHost(await loadConfig(config, { stateDirectory: "/var/lib/nightdrop" }), name, name);
  // In the executable the config has a value; which one does not matter for the permissions.
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

/** What the config says relative to itself is relative to where it will be. */
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

/** The expression for the `Installation` of such an executable, whose own path `file` is an expression for. */
export function installationOf({ builtFor, embedded }: BuildPlan, file: string): string {
  const { host, config } = builtFor;
  const value = embedded === undefined ? "" : ", value: config";
  return `{ kind: "executable", file: ${file}, builtFor: { host: ${JSON.stringify(host)}, ` +
    `config: ${JSON.stringify(config)}${value} } }`;
}
