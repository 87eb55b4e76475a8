import type { Command } from "commander";
import { atStore } from "../config/copies.ts";
import type { Host } from "../config/types.ts";
import { Misuse } from "../model/failure.ts";
import { printable } from "../model/printable.ts";

/** Name of the store of pins on the command line. */
export const PINS = "pins";

/** Options of commands that can read another store than that of the config. */
export interface StoreOptions {
  readonly store?: string;
  readonly host?: string;
  readonly signer?: string;
}

/** Adds `--store`, `--host` and `--signer`. */
export function storeOption<C extends Command>(command: C): C {
  command.option(
    "--store <name|dir|url>",
    "store to read instead: `pins` or a mirror of the config; or, without a config, a directory or " +
      "s3://BUCKET/PREFIX?region=REGION&endpoint=URL with the credentials of the AWS tools",
  );
  if (command.options.every(({ long }) => long !== "--host")) {
    command.option("--host <name>", "with --store: the host, if the store has several");
  }
  return command.option(
    "--signer <fingerprint>",
    "with --store and without a config: accept only snapshots signed by this key",
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
    found.set(name, atStore(host, copy.store));
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
