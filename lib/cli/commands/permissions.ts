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
import { circumstances } from "../permission_check.ts";
import type { CommonOptions, Session } from "../session.ts";

interface Options extends CommonOptions {
  readonly host?: string;
  readonly trusted?: boolean;
  readonly for?: CommandName;
  readonly write?: boolean;
}

/** `permissions`: the sandbox from the config. */
export function permissionsCommand(): Command {
  return command(
    "permissions",
    "tell the permissions that the config needs of Deno, or write them down",
    "Derives from the config what its commands need: to read the declared paths, to write the state directory, to reach " +
      "the store, and so on, and nothing else. It prints the flags of `deno run`; with --write it puts them into " +
      "deno.json as the named sets that the tasks run with, and leaves the rest of that file as it is.",
  )
    .option(
      "--host <name>",
      "the host of the config that this is; by default the one named like this machine",
    )
    .option("--trusted", "for the commands that read the backups of all hosts, on the trusted side")
    .addOption(
      new Option("--for <command>", "all flags of `deno run` for this command, one a line: for scripts")
        .choices(COMMAND_NAMES).conflicts(["trusted", "write"]),
    )
    .option("--write", "write the sets into deno.json")
    .example("permissions --host web1.example.org", "the flags for backup and upload")
    .example("permissions --write", "after each change of the config, on the host")
    .example("permissions --trusted --write", "on the trusted side")
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
    changed ? `Wrote the sets ${names.join(" and ")} in ${file}` : `${file}: nothing to change`,
    { event: "permissions", file, sets: names, changed },
  );
}

/** What is written is written on the host, whose paths are there. */
async function setsOfHost(session: Session, { host: name, write = false }: Options): Promise<NamedSet[]> {
  const host = await session.host(name);
  for (const text of selectionFaults(host, write)) session.run.report({ event: "warning", text });
  return await hostSets(host, circumstances(session));
}

async function setsOfTrusted(session: Session): Promise<NamedSet[]> {
  return await trustedSets([...(await session.hosts()).values()], circumstances(session));
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

/** The set of a command, narrowed to the config if it is one that can be. */
async function setOf(session: Session, command: CommandName, options: Options): Promise<NamedSet> {
  const { set } = LAUNCHES[command];
  const derived = HOST_SETS.includes(set)
    ? await setsOfHost(session, options)
    : TRUSTED_SETS.includes(set)
    ? await setsOfTrusted(session)
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
