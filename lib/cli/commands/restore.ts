import type { Command } from "commander";
import { restore } from "../../restore/restore.ts";
import { Misuse } from "../../model/failure.ts";
import { printable } from "../../model/printable.ts";
import { act, command } from "../command.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { formatBytes, formatNumber } from "../format.ts";
import { type IdentityOptions, identityOptions, unlock } from "../identities.ts";
import { storeOption } from "../named_store.ts";
import type { CommonOptions, Session } from "../session.ts";
import { SNAPSHOT_ARGUMENT, withSnapshot } from "../snapshot.ts";

interface Options extends CommonOptions, IdentityOptions {
  readonly to: string;
  readonly overwrite?: boolean;
  readonly exclude: readonly string[];
  readonly strip?: string;
}

/** `restore`: restores a snapshot, or a part of it, to a directory. */
export function restoreCommand(): Command {
  const made = command(
    "restore",
    "restore a snapshot to a directory",
    "Restores a snapshot, or the entries that match the globs. /etc/hosts becomes DIR/etc/hosts. Everything is checked " +
      "against the signed receipt, created in a hidden directory inside DIR, and moved to its place at the end.",
  )
    .argument("<snapshot>", SNAPSHOT_ARGUMENT)
    .argument("[glob...]", "such as /etc/ssh, '*.conf' or '/srv/**/uploads' (default: everything)")
    .requiredOption(
      "--to <dir>",
      "directory to restore to; created with access for this user only",
    )
    .option("--overwrite", "replace existing files; directories that are not selected are not changed")
    .option(
      "--exclude <glob>",
      "exclude matching entries from the selection; can be repeated",
      (glob: string, others: readonly string[]) => [...others, glob],
      [],
    )
    .option("--strip <path>", "remove this leading path: with /srv/www, /srv/www/a becomes DIR/a");
  return identityOptions(storeOption(made))
    .example("restore latest --to restored --identity keys/backups.private.asc", "everything")
    .example(
      "restore 20261123T0500 /etc/ssh --to restored --identity …",
      "one directory of an older snapshot",
    )
    .example(
      "restore latest /srv/www --strip /srv/www --exclude '*.log' --to www --identity …",
      "what is in a directory, without the directories above it",
    )
    .action((snapshot: string, globs: string[], options: Options) =>
      act(options, (session) => run(session, snapshot, globs, options))
    );
}

async function run(session: Session, wanted: string, globs: string[], options: Options): Promise<ExitCode> {
  if (options.to === "-") {
    throw new Misuse('Cannot restore to "-": a restore needs a directory', {
      hint: "Run `nightdrop tar SNAPSHOT` for an archive on standard output, or name the directory ./-",
    });
  }
  const identities = await unlock(session, options);
  return await withSnapshot(session, wanted, async (snapshot, reader) => {
    const { output } = session;
    session.cleansUp = true;
    if (output.progress) {
      output.progress.total = globs.length + options.exclude.length === 0
        ? snapshot.receipt.bytes
        : undefined;
    }
    const { to: target, overwrite = false, exclude, strip = "" } = options;
    const what = { globs, target, overwrite, exclude, strip };
    const result = await restore(snapshot, reader, identities, what, session.run);
    for (const note of result.notes) output.warn(note);
    const count = `${formatNumber(result.entries, "entry", "entries")} of ${formatBytes(result.bytes)}`;
    const lost = result.lost === 0
      ? ""
      : `; ${formatNumber(result.lost, "entry", "entries")} LOST or not as before`;
    output.data(`Restored ${snapshot.host}/${snapshot.id} into ${printable(options.to)}: ${count}${lost}`, {
      event: "restored",
      host: snapshot.host,
      snapshot: snapshot.id,
      to: options.to,
      ...result,
    });
    if (result.lost > result.unreadable) return EXIT.DAMAGE;
    return result.unreadable + result.unmatched.length > 0 ? EXIT.FAILED : EXIT.DONE;
  });
}
