import { Misuse } from "../model/failure.ts";
import { suggest } from "./suggest.ts";
import type { Host } from "./types.ts";

/**
 * The entry that a run is about: the one that `name` names, else that of the machine. Either may be the full name
 * or, where only one entry fits, the short one.
 *
 * @param hosts The hosts of the config.
 * @param name What the user asked for, or undefined.
 * @param machine The machine's own host name.
 * @throws {Misuse} when no entry fits, or more than one.
 */
export function selectHost(
  hosts: ReadonlyMap<string, Host>,
  name: string | undefined,
  machine: string,
): Host {
  const wanted = (name ?? machine).toLowerCase();
  const exact = hosts.get(wanted);
  if (exact !== undefined) return exact;
  const near = [...hosts.values()].filter((host) => sameShortName(host.name, wanted));
  const [only] = near;
  if (only !== undefined && near.length === 1) return only;
  const who = name === undefined ? `this machine, "${machine}"` : `"${name}"`;
  if (near.length > 1) {
    throw new Misuse(`More than one host of the config fits ${who}: ${list(near)}`, {
      hint: "Choose one with --host NAME",
    });
  }
  const known = list(hosts.values());
  const guess = name === undefined ? undefined : suggest(wanted, hosts.keys());
  throw new Misuse(`No host of the config fits ${who}: known are ${known}`, {
    hint: guess === undefined ? "Choose one with --host NAME, or add an entry" : `Did you mean "${guess}"?`,
  });
}

/** Whether one of the names is the first label of the other: two full names that differ are two hosts. */
function sameShortName(one: string, other: string): boolean {
  return one.split(".")[0] === other || other.split(".")[0] === one;
}

/** Hosts that an error names. */
const NAMED = 10;

function list(hosts: Iterable<Host>): string {
  const names = [...hosts].map(({ name }) => `"${name}"`);
  const more = names.length - NAMED;
  return more > 0 ? `${names.slice(0, NAMED).join(", ")} and ${more} more` : names.join(", ");
}
