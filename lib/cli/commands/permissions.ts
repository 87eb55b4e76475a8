import type { Command } from "args";
import { installation } from "../../installation.ts";
import { shellWord } from "../../model/shell.ts";
import { hostSets, type NamedSet, printedSet, trustedSets, writeSets } from "../../permission_sets.ts";
import { act, command, examples } from "../command.ts";
import { circumstances } from "../sandbox.ts";
import type { CommonOptions, Session } from "../session.ts";

interface Options extends CommonOptions {
  readonly host?: string;
  readonly trusted?: boolean;
  readonly write?: boolean;
}

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
  const sets = options.trusted
    ? await trustedSets([...(await session.hosts()).values()], how)
    : await hostSets(await session.host(options.host), how);
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

function print(session: Session, named: NamedSet): void {
  const { flags, set } = printedSet(named);
  const { name, commands } = named;
  session.output.say(`For ${commands.join(", ")}:`);
  session.output.data(flags.map(shellWord).join(" "), {
    event: "permissions",
    set: name,
    commands,
    flags,
    grants: set,
  });
}
