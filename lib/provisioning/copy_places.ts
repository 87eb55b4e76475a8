/**
 * Places of a mirror or of the pins of a config that one user puts into: those at one provider with the same `putCredentials`.
 *
 * @module
 */
import { puttingStore } from "../config/copies.ts";
import type { CopyStore, Host, S3Store } from "../config/types.ts";
import { Misuse } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import type { VaultRequest } from "../store/vault/description.ts";
import type { CopyKind, CopySlot } from "../store/vault/writer_policy.ts";
import { USER_PATTERN, vaultRequest } from "./owner_clients.ts";
import { type UserPlaces, userPlaces, type UserSelection, type UserWords } from "./user_places.ts";

/** Default name of the user who puts into a store: it ends in the name of the store. */
export const WRITER = "nightdrop-writer";

/** Name of the pins among the stores of a config. */
const PINS = "pins";

/** User who puts copies of the backups of some hosts into a store, and the places in it. */
export interface CopyPlaces extends UserPlaces {
  /** Name of the mirror in the config, or `pins`. */
  readonly store: string;
  readonly kind: CopyKind;
  /** The vault that each host would have there. */
  readonly requests: readonly VaultRequest[];
  readonly slots: readonly CopySlot[];
  /** Whether `putCredentials` in the config name this file. */
  readonly isNamed: boolean;
}

const WRITING: UserWords = { noun: "user for this store", option: "--store NAME", key: "putCredentials" };

/**
 * Returns the places of a mirror or of pins that one user puts into.
 *
 * @param hosts Hosts of the config.
 * @throws {Misuse} if no host has a bucket of this name, if there are several providers or credentials, or pins could not be removed.
 */
export function copyPlaces(
  hosts: ReadonlyMap<string, Host>,
  store: string,
  selection: Omit<UserSelection, "store" | "words">,
): CopyPlaces {
  const having = new Map([...hosts].filter(([, host]) => copyOf(host, store) !== undefined));
  const { host, user = `${WRITER}-${store}`, file, configDirectory } = selection;
  const first = host === undefined ? [...having.values()][0] : having.get(host);
  if (first === undefined) throw noStore(hosts, store, host);
  const { putCredentials } = copyOf(first, store)!;
  const isFile = putCredentials !== undefined && "file" in putCredentials;
  const ownFile = isFile ? putCredentials.file : `${configDirectory}/${store}.writer.credentials`;
  const putting = new Map([...having].map(([name, it]) => [name, asPutting(it, copyOf(it, store)!)]));
  const places = userPlaces(putting, { ...selection, user, file: file ?? ownFile, words: WRITING });
  const own = [...having.values()].filter((it) => isIn(places, putting.get(it.name)!.store));
  const kind = store === PINS ? "pins" : "mirror";
  const requests = own.map((it) => vaultRequest({ ...it, store: copyOf(it, store)!.store }, USER_PATTERN));
  if (kind === "pins" && requests.some(({ lock }) => lock !== undefined)) throw lockedPins();
  const slots = own.map((it, at): CopySlot => ({
    ...requests[at]!,
    from: kind === "pins" ? copiedFrom(it, copyOf(it, store)!) : undefined,
  }));
  return { ...places, store, kind, requests, slots, isNamed: isFile && places.file === putCredentials.file };
}

function copyOf({ mirrors, pins }: Host, store: string): CopyStore | undefined {
  return store === PINS ? pins : mirrors.find(({ name }) => name === store);
}

/** Returns a host whose store is the copy with the credentials that put; those of the store are not meant for it. */
function asPutting(host: Host, copy: CopyStore): Host {
  const store = puttingStore(copy);
  const credentials = copy.putCredentials ?? { env: "AWS" };
  return {
    ...host,
    mirrors: [],
    pins: undefined,
    store: store.kind === "s3" ? { ...store, credentials } : store,
  };
}

function isIn({ stores }: UserPlaces, store: Host["store"]): boolean {
  return store.kind === "s3" && stores.some((it) => it.bucket === store.bucket && it.prefix === store.prefix);
}

/** Returns the place of the backups, if the server can copy from there. */
function copiedFrom({ store }: Host, { store: pins }: CopyStore): S3Store | undefined {
  const isNear = store.kind === "s3" && pins.kind === "s3" && store.endpoint === pins.endpoint &&
    store.region === pins.region;
  return isNear ? store : undefined;
}

function noStore(hosts: ReadonlyMap<string, Host>, store: string, host: string | undefined): Misuse {
  const who = host === undefined ? "the config" : `the config of ${host}`;
  const known = new Set(
    [...hosts.values()].flatMap(({ mirrors, pins }) => [
      ...mirrors.map(({ name }) => name),
      ...(pins === undefined ? [] : [PINS]),
    ]),
  );
  return new Misuse(`Cannot provision the store "${printable(store)}": ${who} has no mirror of this name`, {
    hint: known.size === 0
      ? 'Add "mirrors" or "pins" to the config'
      : `Name one of ${[...known].sort().join(", ")}`,
  });
}

function lockedPins(): Misuse {
  return new Misuse("Cannot provision the store of pins with objectLock: pins could not be removed", {
    hint: "Remove objectLock from the store of pins in the config",
  });
}
