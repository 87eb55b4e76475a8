/**
 * Places that one user of the owner's side reads or puts into: buckets of a config at one provider, whose `credentials` are the same.
 *
 * @module
 */
import { isDeepStrictEqual } from "node:util";
import type { CredentialsReference, Host, S3Store } from "../config/types.ts";
import { Misuse } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import { partition } from "../store/vault/policy.ts";
import { USER_PATTERN, userName } from "./owner_clients.ts";

/** Default name of the user that reads the stores of the hosts; that of another store ends in its name. */
export const READER = "nightdrop-reader";

/** Name of the credentials file beside the config, if the config takes them from the environment. */
export const READER_FILE = "reader.credentials";

/** Selection of the places of a user. */
export interface UserSelection {
  /** Name of a host whose provider and credentials count; undefined if they are the same for all hosts. */
  readonly host?: string | undefined;
  /** Name of the store that is read instead of those of the hosts; undefined for these. */
  readonly store?: string | undefined;
  /** Name of the user at the provider. */
  readonly user?: string | undefined;
  /** Pattern for the names of the hosts' users. */
  readonly userPattern?: string | undefined;
  /** Absolute path of the credentials file. Default: that of the config, else `reader.credentials` beside the config. */
  readonly file?: string | undefined;
  /** Absolute path of the directory of the config. */
  readonly configDirectory: string;
  /** Words in errors. Default: those for a reading user. */
  readonly words?: UserWords | undefined;
}

/** Words in errors about a user of the owner's side. */
export interface UserWords {
  /** `reading user`. */
  readonly noun: string;
  /** Option of `provision` that makes the user: `--reader`. */
  readonly option: string;
  /** Key of the config with the credentials of the user: `store.credentials`. */
  readonly key: string;
}

const READING: UserWords = { noun: "reading user", option: "--reader", key: "store.credentials" };

/** User with the places that it reads or puts into. */
export interface UserPlaces {
  /** Name of the user at the provider. */
  readonly user: string;
  /** Buckets, each with its prefix; at least one. */
  readonly stores: readonly [S3Store, ...S3Store[]];
  /** Location of the credentials in the config. */
  readonly credentials: CredentialsReference;
  /** Absolute path of the file that the user's key is written to. */
  readonly file: string;
}

/**
 * Returns the places that one user reads or puts into. Mirrors and stores of pins at the same provider and with the same credentials are
 * among them.
 *
 * @param hosts Hosts of the config; those of a store that is read instead have it as their store.
 * @throws {Misuse} if no store is a bucket, if there are several providers or credentials, or the name of the user is that of
 * a host.
 */
export function userPlaces(hosts: ReadonlyMap<string, Host>, selection: UserSelection): UserPlaces {
  const { host, store, configDirectory, words = READING } = selection;
  const own = [...hosts.values()].map((it) => it.store).filter(isBucket);
  const first = host === undefined ? own[0] : bucketOf(hosts.get(host)!, words);
  if (first === undefined) throw noBucket(words);
  const others = own.filter((it) => !isTogether(first, it));
  if (others.length > 0 && (host === undefined || selection.user === undefined)) {
    if (host === undefined || others.some((it) => isNear(first, it))) throw several(first, others[0]!, words);
  }
  const copies = [...hosts.values()].flatMap(({ mirrors, pins }) => [...mirrors, ...(pins ? [pins] : [])]);
  const all = [...own, ...copies.map((it) => it.store).filter(isBucket)].filter((it) =>
    isTogether(first, it)
  );
  const user = userName(selection.user ?? (store === undefined ? READER : `${READER}-${store}`), "");
  for (const name of hosts.keys()) {
    if (userName(selection.userPattern ?? USER_PATTERN, name) === user) throw sameUser(user, name, words);
  }
  const { credentials } = first;
  const file = selection.file ??
    ("file" in credentials ? credentials.file : `${configDirectory}/${READER_FILE}`);
  return {
    user,
    stores: [first, ...distinct(all).filter((it) => !isSamePlace(first, it))],
    credentials,
    file,
  };
}

function isBucket(store: Host["store"]): store is S3Store {
  return store.kind === "s3";
}

function bucketOf({ name, store }: Host, { noun }: UserWords): S3Store {
  if (store.kind === "s3") return store;
  throw new Misuse(`Cannot provision a ${noun} for ${name}: its store is a directory`, {
    hint: "Name a host with a bucket",
  });
}

/** Whether two buckets have the same users: they are at one server, or in one partition of Amazon. */
function isNear(a: S3Store, b: S3Store): boolean {
  return a.endpoint === b.endpoint &&
    (a.endpoint !== undefined || partition(a.region) === partition(b.region));
}

function isTogether(a: S3Store, b: S3Store): boolean {
  return isNear(a, b) && isDeepStrictEqual(a.credentials, b.credentials);
}

function isSamePlace(a: S3Store, b: S3Store): boolean {
  return a.bucket === b.bucket && a.prefix === b.prefix;
}

function distinct(stores: readonly S3Store[]): S3Store[] {
  return [...new Map(stores.map((it) => [`${it.bucket}\n${it.prefix}`, it])).values()];
}

function noBucket({ noun }: UserWords): Misuse {
  return new Misuse(`Cannot provision a ${noun}: no store in the config is a bucket`, {
    hint: "The operating system controls who reads and writes a directory",
  });
}

function several(first: S3Store, other: S3Store, { noun, option, key }: UserWords): Misuse {
  const [one, two] = [first, other].map(({ bucket, endpoint, credentials }) => {
    const where = "env" in credentials ? `${credentials.env}_…` : credentials.file;
    return `${bucket}${endpoint === undefined ? "" : ` at ${endpoint}`} with the credentials of ${
      printable(where)
    }`;
  });
  return new Misuse(`Cannot provision one ${noun}: the config has ${one}, and ${two}`, {
    hint: `Set the same ${key} for all hosts of a provider, or make a user for each: ` +
      `\`nightdrop provision HOST ${option} --user NAME\`, with a host of each`,
  });
}

function sameUser(user: string, host: string, { noun }: UserWords): Misuse {
  return new Misuse(`Cannot provision the ${noun} ${user}: the user of the host ${host} has this name`, {
    hint: "Set another name with --user NAME",
  });
}
