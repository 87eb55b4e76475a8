import { Misuse } from "../model/failure.ts";
import { suggest } from "./suggest.ts";
import type { Host } from "./types.ts";

/**
 * Returns the host with the given name or, without a name, that of this machine. Both can be the full name or, if it is
 * unique, the short name.
 *
 * @param hosts Hosts of the config.
 * @param name Name that the user asked for, or undefined.
 * @param machine Host name of this machine.
 * @throws {Misuse} if no host or more than one host matches.
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
  const who = name === undefined ? `this machine ("${machine}")` : `"${name}"`;
  if (near.length > 1) {
    throw new Misuse(`Cannot select a host: several match ${who}: ${list(near)}`, {
      hint: name === undefined ? "Add --host NAME" : "Write the name in full",
    });
  }
  const known = list(hosts.values());
  const guess = name === undefined ? undefined : suggest(wanted, hosts.keys());
  throw new Misuse(`Cannot find ${who} in the config: its hosts are ${known}`, {
    hint: guess === undefined ? otherHost(name) : `Did you mean "${guess}"?`,
  });
}

/** Returns the hint for a host that is not in the config. Without a name it was the machine's own. */
function otherHost(name: string | undefined): string {
  return name === undefined
    ? "Add --host NAME, or add the host to the config"
    : "Name one of these hosts, or add the host to the config";
}

/** Returns whether one name is the first label of the other. Two different full names are different hosts. */
function sameShortName(one: string, other: string): boolean {
  return one.split(".")[0] === other || other.split(".")[0] === one;
}

/** Maximum number of hosts named in an error. */
const NAMED = 10;

function list(hosts: Iterable<Host>): string {
  const names = [...hosts].map(({ name }) => `"${name}"`);
  const more = names.length - NAMED;
  return more > 0 ? `${names.slice(0, NAMED).join(", ")} and ${more} more` : names.join(", ");
}
