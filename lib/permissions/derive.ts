import { dirname } from "node:path/posix";
import { configFiles } from "../config/imports.ts";
import type { Host, Store, UrlReference } from "../config/types.ts";
import { copyStores } from "../config/copies.ts";
import { secretVariables, storeVariables } from "../config/variables.ts";
import { isBuiltIn } from "../app/hosts.ts";
import { denoJson, type Installation, isLoaded } from "../app/installation.ts";
import { ownerDirectories, type OwnerDirectory } from "../app/owner_directories.ts";
import { commandsOf, LAUNCHES } from "./launch.ts";
import { withRealPaths } from "./real_paths.ts";
import { notifiedServers, ofAnyBucket, storeServers } from "./servers.ts";
import { GETFATTR } from "../source/getfattr.ts";
import { INHERITED } from "../process/environment.ts";
import { type Grants, NOTHING } from "../sandbox/grants.ts";
import { PROXY_VARIABLES } from "../store/s3/proxies.ts";
import type { RunContext } from "../app/run_context.ts";
import { SERVICE_CREDENTIALS } from "../app/service_credentials.ts";

/** Variables that the AWS SDK, commander and Deno's Node layer read, and nightdrop does not need. */
const HIDDEN = ["AWS_*", "CLICOLOR_FORCE", "FORCE_COLOR", "NODE_ENV", "_X_AMZN_TRACE_ID"];

/** Returns the permissions of `backup` for a host: to read the declared paths, to write its state, to reach its store. */
export async function backupGrants(host: Host, how: RunContext): Promise<Grants> {
  const written = withRealPaths([host.state, ...storeDirectories(host.store), ...figuresDirectory(host)]);
  return {
    ...NOTHING,
    read: sorted([
      ...ownFiles(how),
      ...host.recipients.map(({ file }) => file),
      ...credentialsFiles(host.store),
      ...notified(host).flatMap((url) => "file" in url ? [url.file] : []),
      "/etc/passwd",
      "/etc/group",
      ...host.selection.paths,
      ...written,
    ]),
    write: sorted(written),
    net: sorted([...await storeServers([host.store], how), ...notifiedServers(notified(host), how)]),
    env: sorted([...variables([host], how), ...(namedPrograms(host).length === 0 ? [] : INHERITED)]),
    hidden: HIDDEN,
    sys: ["hostname", "statfs", "systemMemoryInfo", "uid"],
    run: programs(host),
  };
}

/** Returns the permissions of `upload`: to read any file, and to reach any bucket of the host's server. */
export async function uploadGrants(host: Host, how: RunContext): Promise<Grants> {
  const net = (await storeServers([host.store], how)).map(ofAnyBucket);
  return {
    ...NOTHING,
    read: true,
    net,
    env: variables([host], how),
    hidden: HIDDEN,
    sys: ["hostname", "systemMemoryInfo", "uid"],
  };
}

/**
 * Returns the permissions of the commands that read backups, such as `list`: to reach the hosts' stores, to read any private
 * key file, and to write the owner's directories.
 */
export async function readerGrants(hosts: readonly Host[], how: RunContext): Promise<Grants> {
  const written = commandsOf("reader").flatMap((name): readonly OwnerDirectory[] => LAUNCHES[name].writes);
  return {
    ...NOTHING,
    read: true,
    write: sorted(ownerDirectories(written, how.uid, how.environment)),
    net: await storeServers(allStores(hosts), how),
    env: sorted([
      "NIGHTDROP_CACHE",
      "NIGHTDROP_PASSPHRASE",
      ...(how.uid === 0 ? [] : ["XDG_CACHE_HOME"]),
      ...variables(hosts, how),
      ...copyVariables(hosts),
    ]),
    hidden: HIDDEN,
    sys: ["hostname", "uid"],
  };
}

/** Returns the permissions of `status`, which can write its page and its metrics to any directory. */
export async function statusGrants(hosts: readonly Host[], how: RunContext): Promise<Grants> {
  return { ...await readerGrants(hosts, how), write: true };
}

/**
 * Returns the permissions of `restore`. It may start `setfattr` if a host stores extended attributes. Deno creates symbolic links only with permission to read and write everything.
 */
export async function restoreGrants(hosts: readonly Host[], how: RunContext): Promise<Grants> {
  const run = ["mkfifo", ...(hosts.some(({ attributes }) => attributes) ? ["setfattr"] : [])];
  return { ...await readerGrants(hosts, how), write: true, run };
}

/** Returns the permissions of `expire`: to remove files of directory stores. It needs no network. */
export function expireGrants(hosts: readonly Host[], how: RunContext): Grants {
  const written = withRealPaths(hosts.flatMap(({ store }) => storeDirectories(store)));
  return {
    ...NOTHING,
    read: true,
    write: sorted(written),
    env: variables(hosts, how),
    hidden: HIDDEN,
    sys: ["hostname", "uid"],
  };
}

/** Programs of a restore by hand (`drill --by gpg`); `kill` ends what the checks of dumps have started themselves. */
const DRILL_PROGRAMS = ["gpg", "gpgconf", "kill", "tar", "zstd"];

/** Returns the permissions of `drill`: those of `restore`, and to run the commands that check dumps. */
export async function drillGrants(hosts: readonly Host[], how: RunContext): Promise<Grants> {
  const { run, sys, env, ...grants } = await restoreGrants(hosts, how);
  const checks = hosts.flatMap(({ drill }) => drill.dumps.flatMap(({ load, check }) => [load, check]));
  const named = checks.flatMap((command) => command === undefined ? [] : [command[0]]);
  return {
    ...grants,
    env: sorted([...env as readonly string[], ...INHERITED]),
    sys: [...sys as readonly string[], "statfs"],
    run: sorted([...run as readonly string[], ...DRILL_PROGRAMS, ...named]),
  };
}

/** Returns the permissions of `mirror`, `pin` and `unpin`: to reach all stores, and to write those with copies. */
export async function copyGrants(hosts: readonly Host[], how: RunContext): Promise<Grants> {
  const written = withRealPaths(hosts.flatMap(copyStores).flatMap(storeDirectories));
  return {
    ...NOTHING,
    read: true,
    write: sorted([...written, ...ownerDirectories(["records"], how.uid, how.environment)]),
    net: await storeServers(allStores(hosts), how),
    env: sorted([...variables(hosts, how), ...copyVariables(hosts)]),
    hidden: HIDDEN,
    sys: ["hostname", "uid"],
  };
}

/** Returns the stores of hosts, and those with copies of their snapshots. */
function allStores(hosts: readonly Host[]): Store[] {
  return hosts.flatMap((host) => [host.store, ...copyStores(host)]);
}

/** Returns the variables that the stores with copies need. */
function copyVariables(hosts: readonly Host[]): string[] {
  const stores = hosts.flatMap(copyStores);
  return [...storeVariables(stores), ...(stores.some(({ kind }) => kind === "s3") ? PROXY_VARIABLES : [])];
}

/** Returns the config and its imports, the modules of nightdrop, and the `deno.json` with the permission sets. */
function ownFiles({ config, installation }: RunContext): string[] {
  const files = isBuiltIn(config, installation)
    ? []
    : configFiles(config, (path) => isLoaded(path, installation));
  return [...files, ...modules(installation), denoJson(installation)].filter((file) => file !== undefined);
}

/** Returns the modules of a clone that threads run or that are imported when they are needed: Deno requires permission to read them. */
function modules(installation: Installation): string[] {
  return installation.kind === "clone" ? [`${installation.directory}/lib`] : [];
}

function storeDirectories(store: Store): string[] {
  return store.kind === "directory" ? [store.path] : [];
}

/** Returns the credentials file, and the path at which systemd provides its copy. */
function credentialsFiles(store: Store): string[] {
  if (store.kind === "directory" || !("file" in store.credentials)) return [];
  const { file } = store.credentials;
  return [file, SERVICE_CREDENTIALS];
}

function variables(hosts: readonly Host[], { uid }: RunContext): string[] {
  const proxies = hosts.some(({ store }) => store.kind === "s3") ? PROXY_VARIABLES : [];
  const others = [...hosts.flatMap(secretVariables), ...proxies, "JOURNAL_STREAM"];
  const state = ["NIGHTDROP_STATE", ...(uid === 0 ? [] : ["HOME", "XDG_STATE_HOME"])];
  return sorted([...others, ...state]);
}

/** Programs that a backup starts. */
function programs(host: Host): string[] {
  return sorted([...(host.attributes ? [GETFATTR] : []), ...namedPrograms(host)]);
}

/** Programs that the config names; `kill` ends what they have started themselves. */
function namedPrograms({ dumps, hooks }: Host): string[] {
  const commands = [
    ...dumps.map(({ command }) => command),
    hooks.before,
    hooks.after,
    hooks.failed,
    hooks.finally,
  ];
  const named = commands.flatMap((command) => command === undefined ? [] : [command[0]]);
  return named.length === 0 ? [] : [...named, "kill"];
}

/** Returns the directory of the Prometheus file: the file is replaced by one with a random name. */
function figuresDirectory({ notify: { textfile } }: Host): string[] {
  return textfile === undefined ? [] : [dirname(textfile)];
}

function notified({ notify }: Host): UrlReference[] {
  return [notify.ping, notify.webhook].filter((url) => url !== undefined);
}

/** Returns permissions of a command that also notifies the owner. */
export function withOwnerNotices(grants: Grants, urls: readonly UrlReference[], how: RunContext): Grants {
  const { net, env } = grants;
  const names = urls.flatMap((url) => "env" in url ? [url.env] : []);
  return {
    ...grants,
    net: net === true ? net : sorted([...net, ...notifiedServers(urls, how)]),
    env: env === true ? env : sorted([...env, ...names]),
  };
}

function sorted(items: readonly string[]): string[] {
  return [...new Set(items)].sort();
}
