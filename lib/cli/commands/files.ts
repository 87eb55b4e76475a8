import type { Command } from "commander";
import { listedFiles } from "../../snapshots/files.ts";
import type { Entry } from "../../model/entry.ts";
import type { ListedEntry } from "../../snapshots/tree_scan.ts";
import { Columns } from "../columns.ts";
import { nothingMatches } from "../../snapshots/globs.ts";
import { act, command } from "../command.ts";
import { entryCells } from "../entry_cells.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { SomeLosses } from "../../snapshots/some_losses.ts";
import { LineBatch } from "../line_batch.ts";
import { type IdentityOptions, identityOptions, unlock } from "../identities.ts";
import type { CommonOptions, Session } from "../session.ts";
import { storeOption } from "../named_store.ts";
import { SNAPSHOT_ARGUMENT, withSnapshot } from "../snapshot.ts";
import { Pauses } from "../../workers/pause.ts";

/** Maximum number of lost entries that are named. */
const MAX_NAMED = 1000;

interface Options extends CommonOptions, IdentityOptions {
  readonly long?: boolean;
}

/** `files`: the entries of a snapshot. */
export function filesCommand(): Command {
  const made = command(
    "files",
    "list the files in a snapshot",
    "Lists the entries of a snapshot, or those that match the globs, from its encrypted index.",
  )
    .argument("<snapshot>", SNAPSHOT_ARGUMENT)
    .argument("[glob...]", "such as /etc/ssh, '*.conf' or '/srv/**/uploads'")
    .option("--long", "also print in which snapshot each was sent; columns are separated by tabs in a pipe");
  return identityOptions(storeOption(made))
    .example("files latest '*.conf' --identity keys/backups.private.asc", "every .conf file")
    .example(
      "files 2026-11-28 /etc --long --identity …",
      "as it was at the end of a day, and when it was sent",
    )
    .action((snapshot: string, globs: string[], options: Options) =>
      act(options, (session) => run(session, snapshot, globs, options))
    );
}

async function run(session: Session, wanted: string, globs: string[], options: Options): Promise<ExitCode> {
  const identities = await unlock(session, options);
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
    const columns = new Columns(session.output, { right: [2], titles: TITLES });
    const lines = new LineBatch(session.output);
    const show = (it: ListedEntry): void => {
      if (options.long || session.output.json) {
        columns.add(longCells(it), { event: "entry", ...it.entry });
      } else lines.add(line(it.entry));
    };
    try {
      const groups = listedFiles(
        snapshot,
        globs,
        reader,
        identities,
        session.run,
        losses.add,
        unmatched,
      );
      await showAll(session, groups, show);
    } finally {
      columns.end();
      lines.end();
    }
    losses.end();
    return exit;
  });
}

async function showAll(
  { output, run }: Session,
  groups: AsyncIterable<Iterable<ListedEntry>>,
  show: (it: ListedEntry) => void,
): Promise<void> {
  const pauses = new Pauses(run.signal);
  for await (const group of groups) {
    for (const it of group) {
      if (pauses.due) await pauses.take();
      show(it);
      if (output.unread) return;
    }
  }
}

const TITLES = ["MODE", "OWNER", "SIZE", "MODIFIED", "SENT BY", "PATH"];

function line(entry: Entry): string {
  const { mode, owner, size, time, path } = entryCells(entry);
  return `${mode} ${owner.padEnd(13)} ${size.padStart(11)} ${time} ${path}`;
}

function longCells({ entry, snapshot }: ListedEntry): string[] {
  const { mode, owner, size, time, path } = entryCells(entry);
  return [mode, owner, size, time, snapshot, path];
}
