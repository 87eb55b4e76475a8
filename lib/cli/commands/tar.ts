import type { Command } from "commander";
import { openTar } from "../../restore/tar_stream.ts";
import { act, command } from "../command.ts";
import { contentOnly, writeContent } from "../content.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { type IdentityOptions, identityOptions, unlock } from "../identities.ts";
import type { CommonOptions, Session } from "../session.ts";
import { storeOption } from "../named_store.ts";
import { SNAPSHOT_ARGUMENT, withSnapshot } from "../snapshot.ts";

interface Options extends CommonOptions, IdentityOptions {
  readonly exclude: readonly string[];
  readonly strip?: string;
}

/** `tar`: a snapshot, or a part of it, as a tar archive on standard output. */
export function tarCommand(): Command {
  const made = command(
    "tar",
    "stream a snapshot as a tar archive",
    "Writes a snapshot, or the entries that match the globs, to standard output as one tar archive (ustar with pax records; " +
      "paths begin without a slash). Each part is compared with its signed SHA-256 before its bytes are used. On damage " +
      "nothing more is written, the archive has no end, and the exit code is 4.",
  )
    .argument("<snapshot>", SNAPSHOT_ARGUMENT)
    .argument("[glob...]", "such as /etc/ssh, '*.conf' or '/srv/**/uploads' (default: everything)")
    .option(
      "--exclude <glob>",
      "exclude matching entries from the selection; can be repeated",
      (glob: string, others: readonly string[]) => [...others, glob],
      [],
    )
    .option("--strip <path>", "remove this leading path: with /srv/www, /srv/www/a becomes a");
  return identityOptions(storeOption(made))
    .example(
      "tar latest /srv/www --strip /srv/www --identity … | ssh web2 tar -x -C /srv/www",
      "to another host",
    )
    .example("tar latest --identity … | docker import - web1:latest", "a container image of the host")
    .action((snapshot: string, globs: string[], options: Options) =>
      act(options, (session) => run(session, snapshot, globs, options))
    );
}

async function run(session: Session, wanted: string, globs: string[], options: Options): Promise<ExitCode> {
  contentOnly(options);
  const identities = await unlock(session, options);
  return await withSnapshot(session, wanted, async (snapshot, reader) => {
    const { exclude, strip = "" } = options;
    const { blocks, unmatched, bytes } = await openTar(
      snapshot,
      reader,
      identities,
      { globs, exclude, strip },
      session.run,
    );
    if (session.output.progress) session.output.progress.total = bytes;
    const exit = await writeContent(session, blocks);
    return unmatched.length > 0 ? EXIT.FAILED : exit;
  });
}
