import type { Command } from "commander";
import { cat } from "../../restore/cat.ts";
import { act, command } from "../command.ts";
import { contentOnly, writeContent } from "../content.ts";
import type { ExitCode } from "../exit.ts";
import { type IdentityOptions, identityOptions, unlock } from "../identities.ts";
import type { CommonOptions, Session } from "../session.ts";
import { storeOption } from "../named_store.ts";
import { SNAPSHOT_ARGUMENT, withSnapshot } from "../snapshot.ts";

type Options = CommonOptions & IdentityOptions;

/** `cat`: the content of files of a snapshot. */
export function catCommand(): Command {
  const made = command(
    "cat",
    "print files of a snapshot",
    "Writes the content of files to standard output, in the order in which they are given. Only the volumes that hold them are " +
      "fetched, and each part is compared with its signed SHA-256 before its bytes are used. On damage nothing more is " +
      "written and the exit code is 4.",
  )
    .argument("<snapshot>", SNAPSHOT_ARGUMENT)
    .argument("<path...>", "such as /etc/fstab; no globs");
  return identityOptions(storeOption(made))
    .example("cat latest /etc/fstab --identity keys/backups.private.asc", "one file")
    .example("cat 2026-11-28 /nightdrop-dumps/app.sql --identity … | psql app", "load a dump")
    .action((snapshot: string, paths: string[], options: Options) =>
      act(options, (session) => run(session, snapshot, paths, options))
    );
}

async function run(session: Session, wanted: string, paths: string[], options: Options): Promise<ExitCode> {
  contentOnly(options);
  const identities = await unlock(session, options);
  return await withSnapshot(session, wanted, async (snapshot, reader) => {
    return await writeContent(session, cat(snapshot, reader, identities, paths, session.run));
  });
}
