import { type Command, Option } from "args";
import { installation } from "../../installation.ts";
import { shellWord } from "../../model/shell.ts";
import { hostSets, type NamedSet, printedSet, trustedSets, writeSets } from "../../permission_sets.ts";
import { act, command, examples } from "../command.ts";
import { circumstances } from "../sandbox.ts";
import type { CommonOptions, Session } from "../session.ts";

interface Options extends CommonOptions {
  readonly host?: string;
  readonly trusted?: boolean;
  readonly for?: string;
  readonly write?: boolean;
}

const HOST_COMMANDS = ["backup", "upload"];
const COMMANDS = [...HOST_COMMANDS, "list", "files", "verify", "restore"];

/** `permissions`: the sandbox from the config. */
export function permissionsCommand(): Command {
  return command(
    "permissions",
    "tell the permissions that the config needs of Deno, or write them down",
    "Derives from the config what its commands need: to read the declared paths, to write the state folder, to reach " +
      "the store, and so on, and nothing else. It prints the flags of `deno run`; with --write it puts them into " +
      "deno.json as the named sets that the tasks run with, and leaves the rest of that file as it is.",
  )
    .option(
      "--host <name>",
      "the host of the config that this is; by default the one named like this machine",
    )
    .option("--trusted", "for the commands that read the backups of all hosts, on the trusted side")
    .addOption(
      new Option("--for <command>", "only what this command needs, one flag a line: for scripts")
        .choices(COMMANDS).conflicts(["trusted", "write"]),
    )
    .option("--write", "write the sets into deno.json")
    .addHelpText(
      "after",
      examples(["permissions --host web1.example.org", "the flags for backup and upload"], [
        "permissions --write",
        "after each change of the config, on the host",
      ], ["permissions --trusted --write", "on the trusted side"]),
    )
    .action((options: Options) => act(options, (session) => run(session, options)));
}

async function run(session: Session, options: Options): Promise<void> {
  const how = circumstances(session);
  const trusted = options.trusted || (options.for !== undefined && !HOST_COMMANDS.includes(options.for));
  const sets = trusted
    ? await trustedSets([...(await session.hosts()).values()], how)
    : await hostSets(await session.host(options.host), how);
  if (options.for !== undefined) return printLines(session, sets, options.for);
  if (!options.write) {
    for (const set of sets) print(session, set);
    return;
  }
  const { file, changed } = writeSets(sets, installation());
  const names = sets.map(({ name }) => name);
  session.output.data(
    changed ? `Wrote the sets ${names.join(" and ")} in ${file}` : `${file}: nothing to change`,
    { event: "permissions", file, sets: names, changed },
  );
}

function printLines(session: Session, sets: readonly NamedSet[], command: string): void {
  const set = sets.find(({ commands }) => commands.includes(command))!;
  const { flags } = printedSet(set);
  session.output.document(flags.join("\n"), { event: "permissions", commands: [command], flags });
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
