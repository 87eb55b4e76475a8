/**
 * Commands for the administrator of Ceph's gateway that change the keys of a user and keep its policies.
 *
 * `radosgw-admin key create`, `key rm`, `user modify`, `caps add` and the admin API write a user without its attributes, and
 * its policies are attributes (seen with 16.2; https://tracker.ceph.com/issues/48761). Without its policy a host cannot put, and
 * can read what it has put. `metadata put` replaces the record of a user with its attributes in one step, and the index
 * of its keys.
 *
 * @module
 */
import { basename, dirname } from "node:path/posix";
import { shellWord } from "../model/shell.ts";

/** jq filter for a credentials file with the last of some keys. */
const CREDENTIALS = String
  .raw`keys[-1] | "[default]\naws_access_key_id = \(.access_key)\naws_secret_access_key = \(.secret_key)"`;

/**
 * Returns the commands that add a random key to a user, and write it to a credentials file. They find out first whether
 * its directory is there.
 */
export function addKeyCommands(user: string, file: string): string[] {
  const key = `{user: "${user}", access_key: env.id, secret_key: env.secret}`;
  const directory = shellWord(dirname(file));
  return inSubshell([
    `mkdir -p ${directory}; cd ${directory}`,
    "id=ND$(openssl rand -hex 9); secret=$(openssl rand -hex 20); export id secret",
    ...changeKeys(user, `.data.keys += [${key}]`),
    `jq -r ${shellWord(`.data.${CREDENTIALS}`)} "$tmp/new.json" > ${shellWord(basename(file))}`,
  ]);
}

/** Returns the commands that create a user without buckets, and write its key to a credentials file. */
export function createUserCommands(user: string, file: string): string[] {
  const directory = shellWord(dirname(file));
  return inSubshell([
    `mkdir -p ${directory}; cd ${directory}`,
    `radosgw-admin user create --uid=${user} --display-name=${user} --max-buckets=-1 > "$tmp/new.json"`,
    `jq -r ${shellWord(`.${CREDENTIALS}`)} "$tmp/new.json" > ${shellWord(basename(file))}`,
  ]);
}

/** Returns the commands that remove all keys of a user except one, and print the ids of those that are left. */
export function keepKeyCommands(user: string, id: string): string[] {
  return inSubshell([
    ...changeKeys(user, `.data.keys |= map(select(.access_key == ${JSON.stringify(id)}))`),
    `radosgw-admin user info --uid=${user} | jq -r '.keys[].access_key'`,
  ]);
}

/** Returns the commands that remove all keys of a user. */
export function removeKeysCommands(user: string): string[] {
  return inSubshell(changeKeys(user, ".data.keys = []"));
}

function changeKeys(user: string, filter: string): string[] {
  return [
    `radosgw-admin metadata get user:${user} > "$tmp/old.json"`,
    `jq ${shellWord(filter)} "$tmp/old.json" > "$tmp/new.json"`,
    `radosgw-admin metadata put user:${user} < "$tmp/new.json"`,
  ];
}

/** Returns commands that end at the first one that fails. Their files have secrets: only the user can read them. */
function inSubshell(commands: readonly string[]): string[] {
  return ["(set -e; umask 077; tmp=$(mktemp -d)", ...commands, 'rm -r "$tmp")'];
}
