import { type Command, Option } from "commander";
import { installation } from "../../app/installation.ts";
import { shellWord } from "../../model/shell.ts";
import {
  hostSets,
  launchFlags,
  type NamedSet,
  printedSet,
  shippedSet,
  trustedSets,
  writeSets,
} from "../../permissions/sets.ts";
import { COMMAND_NAMES, type CommandName, LAUNCHES } from "../../permissions/launch.ts";
import { HOST_SETS, TRUSTED_SETS } from "../../permissions/shipped_sets.ts";
import { selectionFaults } from "../../app/selection_faults.ts";
import { act, command } from "../command.ts";
import { NO_OWNER } from "../../config/owner.ts";
import { STORE_VARIABLES, storeOfArgument } from "../../config/store_argument.ts";
import { hostOfStore } from "../../snapshots/hosts_of_store.ts";
import { runContext } from "../permission_check.ts";
import { type CommonOptions, environment, type Session } from "../session.ts";

interface Options extends CommonOptions {
  readonly host?: string;
  readonly trusted?: boolean;
  readonly for?: CommandName;
  readonly write?: boolean;
  readonly store?: string;
}

/** `permissions`: the permissions of Deno that a config needs. */
export function permissionsCommand(): Command {
  return command(
    "permissions",
    "print or write the Deno permissions that the config needs",
    "Derives the minimal permissions of each command from the config: to read the declared paths, to write the state " +
      "directory, to connect to the store, and so on. It prints the flags of `deno run`. With --write it writes them to " +
      "deno.json as the permission sets that the tasks use, and does not change the rest of that file.",
  )
    .option(
      "--host <name>",
      "host of the config (default: the one with the name of this machine)",
    )
    .option("--trusted", "for the commands that read backups, on the trusted machine")
    .addOption(
      new Option("--for <command>", "print all flags of `deno run` for this command, one per line")
        .choices(COMMAND_NAMES).conflicts(["trusted", "write"]),
    )
    .addOption(
      new Option("--store <dir|url>", "with --for: for this store, without a config").conflicts("config")
        .hideHelp(),
    )
    .option("--write", "write the permission sets to deno.json")
    .example("permissions --host web1.example.org", "flags for backup and upload")
    .example("permissions --write", "on the host, after each change of the config")
    .example("permissions --trusted --write", "on the trusted machine")
    .action((options: Options) => act(options, (session) => run(session, options)));
}

async function run(session: Session, options: Options): Promise<void> {
  if (options.for !== undefined) return await printLaunch(session, options.for, options);
  const sets = options.trusted ? await setsOfTrusted(session) : await setsOfHost(session, options);
  if (!options.write) {
    for (const set of sets) print(session, set);
    return;
  }
  const { file, changed } = await writeSets(sets, installation());
  const names = sets.map(({ name }) => name);
  session.output.data(
    changed ? `Wrote the permission sets ${names.join(" and ")} to ${file}` : `${file} is up to date`,
    { event: "permissions", file, sets: names, changed },
  );
}

/** Returns the sets of a host. With `--write` it runs on that host, so missing paths are reported too. */
async function setsOfHost(session: Session, { host: name, write = false }: Options): Promise<NamedSet[]> {
  const host = await session.host(name);
  for (const text of selectionFaults(host, write)) session.run.report({ event: "warning", text });
  return await hostSets(host, runContext(session));
}

async function setsOfTrusted(session: Session): Promise<NamedSet[]> {
  return await trustedSets([...(await session.hosts()).values()], await session.owner(), runContext(session));
}

/** Returns the sets for a store that is read without a config. */
async function setsOfStore(session: Session, argument: string): Promise<NamedSet[]> {
  const host = hostOfStore("store", storeOfArgument(argument, environment));
  const sets = await trustedSets([host], NO_OWNER, runContext(session));
  return sets.map((set) => ({ ...set, grants: withVariables(set.grants) }));
}

function withVariables(grants: NamedSet["grants"]): NamedSet["grants"] {
  return grants.env === true
    ? grants
    : { ...grants, env: [...new Set([...grants.env, ...STORE_VARIABLES])].sort() };
}

async function printLaunch(session: Session, command: CommandName, options: Options): Promise<void> {
  const named = await setOf(session, command, options);
  const flags = launchFlags(command, named);
  session.output.document(flags.join("\n"), {
    event: "permissions",
    set: named.name,
    commands: [command],
    flags,
    grants: printedSet(named).set,
  });
}

/** Returns the set of a command, narrowed to the config if it depends on it. */
async function setOf(session: Session, command: CommandName, options: Options): Promise<NamedSet> {
  const { set } = LAUNCHES[command];
  const derived = HOST_SETS.includes(set)
    ? await setsOfHost(session, options)
    : TRUSTED_SETS.includes(set)
    ? options.store === undefined ? await setsOfTrusted(session) : await setsOfStore(session, options.store)
    : [];
  return derived.find(({ name }) => name === set) ?? shippedSet(set);
}

function print(session: Session, named: NamedSet): void {
  const { flags, set } = printedSet(named);
  const { name, commands } = named;
  session.output.say(`For ${commands.join(", ")}:`);
  session.output.document(flags.map(shellWord).join(" "), {
    event: "permissions",
    set: name,
    commands,
    flags,
    grants: set,
  });
}
