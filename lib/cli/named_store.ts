import type { Command } from "commander";
import type { Host } from "../config/types.ts";
import { Misuse } from "../model/failure.ts";
import { printable } from "../model/printable.ts";

/** Name of the store of pins on the command line. */
export const PINS = "pins";

/** Adds `--store`. */
export function storeOption<C extends Command>(command: C): C {
  return command.option(
    "--store <name>",
    "store of the config to read instead: `pins`, or the name of a mirror",
  );
}

/**
 * Returns the hosts that have a store with this name, with this store in the place of theirs.
 *
 * @throws {Misuse} if no host has one.
 */
export function namedStore(hosts: ReadonlyMap<string, Host>, store: string): ReadonlyMap<string, Host> {
  const found = new Map<string, Host>();
  for (const [name, host] of hosts) {
    const mirror = host.mirrors.find((it) => it.name === store);
    const copy = store === PINS ? host.pins : mirror;
    if (copy === undefined) continue;
    found.set(name, { ...host, store: copy.store, mirrors: [], pins: undefined });
  }
  if (found.size > 0) return found;
  const known = new Set(
    hosts.values().flatMap(({ mirrors, pins }) => [
      ...mirrors.map(({ name }) => name),
      ...(pins === undefined ? [] : [PINS]),
    ]),
  );
  throw new Misuse(`Cannot read the store "${printable(store)}": the config has no mirror of this name`, {
    hint: known.size === 0
      ? 'Add "mirrors" or "pins" to the config'
      : `Name one of ${[...known].sort().join(", ")}`,
  });
}
