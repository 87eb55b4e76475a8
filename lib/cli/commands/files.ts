import type { Command } from "commander";
import { files } from "../../snapshots/files.ts";
import type { Entry } from "../../model/entry.ts";
import { nothingMatches } from "../../snapshots/globs.ts";
import { printable } from "../../model/printable.ts";
import { act, command } from "../command.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { formatMode, formatTime } from "../format.ts";
import { SomeLosses } from "../../snapshots/some_losses.ts";
import { type IdentityOptions, identityOptions, unlock } from "../identities.ts";
import type { CommonOptions, Session } from "../session.ts";
import { withSnapshot } from "../snapshot.ts";

/** Maximum number of lost entries that are named. */
const MAX_NAMED = 1000;

type Options = CommonOptions & IdentityOptions;

/** `files`: the entries of a snapshot. */
export function filesCommand(): Command {
  const made = command(
    "files",
    "list the files in a snapshot",
    "Lists the entries of a snapshot, or those that match the globs, from its encrypted index.",
  )
    .argument(
      "<snapshot>",
      "id or the start of one, or `latest`; `HOST/latest` if the config has several hosts",
    )
    .argument("[glob...]", "such as /etc/ssh, '*.conf' or '/srv/**/uploads'");
  return identityOptions(made)
    .example("files latest '*.conf' --identity keys/backups.private.asc", "every .conf file")
    .action((snapshot: string, globs: string[], options: Options) =>
      act(options, (session) => run(session, snapshot, globs, options))
    );
}

async function run(session: Session, wanted: string, globs: string[], options: Options): Promise<ExitCode> {
  const identities = await unlock(options);
  return await withSnapshot(session, wanted, async (snapshot, reader) => {
    let exit: ExitCode = EXIT.DONE;
    const losses = new SomeLosses(MAX_NAMED, ({ entry, reason, unreadable }) => {
      if (!unreadable) exit = EXIT.DAMAGE;
      else if (exit === EXIT.DONE) exit = EXIT.FAILED;
      if (entry === undefined) session.run.report({ event: "warning", text: `Lost: ${reason}` });
      else session.run.report({ event: "trouble", kind: "unread", path: entry.path, reason });
    });
    const unmatched = (glob: string): void => {
      if (exit === EXIT.DONE) exit = EXIT.FAILED;
      session.run.report({ event: "warning", text: nothingMatches(glob) });
    };
    for await (
      const entry of files(snapshot, globs, reader, identities, session.run, losses.add, unmatched)
    ) {
      session.output.data(line(entry), { event: "entry", ...entry });
      if (session.output.unread) break;
    }
    losses.end();
    return exit;
  });
}

function line({ type, mode, user, uid, group, gid, size, mtime, path, link }: Entry): string {
  const owner = `${printable(user || String(uid))}/${printable(group || String(gid))}`;
  const target = link === undefined ? "" : `${type === "hardlink" ? " = /" : " -> "}${printable(link)}`;
  const columns = [
    formatMode(type, mode),
    owner.padEnd(13),
    String(size).padStart(11),
    formatTime(new Date(mtime)),
  ];
  return `${columns.join(" ")} /${printable(path)}${target}`;
}
