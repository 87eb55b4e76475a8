import { type Command, Option } from "commander";
import type { Host } from "../../config/types.ts";
import { Failure, Misuse } from "../../model/failure.ts";
import { momentOf } from "../../model/moment.ts";
import { printable } from "../../model/printable.ts";
import type { Identity } from "../../seal/identity.ts";
import { nothingMatches } from "../../snapshots/globs.ts";
import { findVersions, type Version } from "../../snapshots/versions.ts";
import { Columns } from "../columns.ts";
import { act, command } from "../command.ts";
import { entryCells } from "../entry_cells.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { forHosts } from "../fleet.ts";
import { type IdentityOptions, identityOptions, unlock } from "../identities.ts";
import { Problems } from "../problems.ts";
import type { CommonOptions, Session } from "../session.ts";
import { storeOption } from "../named_store.ts";

interface Options extends CommonOptions, IdentityOptions {
  readonly host?: string;
  readonly since?: string;
}

/** `find`: the versions of paths over all snapshots. */
export function findCommand(): Command {
  const made = command(
    "find",
    "find the versions of a path in all snapshots",
    "Finds paths in all snapshots, and prints a line for each version: mode, size, time, SHA-256, the first and the last " +
      "snapshot that have it, their number, and the snapshot that it was sent in. Without a host, all hosts of the config " +
      "are searched. If the last argument is the name of a host, it is taken as the host.",
  )
    .argument(
      "<glob...>",
      "such as /etc/nginx/nginx.conf, '*.conf' or '/srv/**/uploads'; then, optionally, a host",
    )
    .option("--host <name>", "host to search; all arguments are then globs")
    .addOption(new Option("--since <date>", "only snapshots that were begun at this date or time, or later"));
  return identityOptions(storeOption(made))
    .example(
      "find /etc/fstab --identity keys/backups.private.asc",
      "when it changed, and which snapshots have it",
    )
    .example("find '*.conf' web1.example.org --since 2026-11-01 --identity …", "one host, one month")
    .action((globs: string[], options: Options) => act(options, (session) => run(session, globs, options)));
}

async function run(session: Session, args: readonly string[], options: Options): Promise<ExitCode> {
  const since = options.since === undefined ? undefined : momentOf(options.since).begin;
  const identities = await unlock(session, options);
  const { globs, host } = await argumentsOf(session, args, options);
  const search = new Search(session, identities, globs, since);
  // One host at a time: indexes are opened in memory, and all hosts share the columns of one table.
  const { code: exit } = await forHosts(session, host, (it) => search.host(it), () => 1);
  search.end();
  return exit === EXIT.DONE && search.unmatched.size > 0 ? EXIT.FAILED : exit;
}

/** Tells globs from a host at their end. */
async function argumentsOf(
  session: Session,
  args: readonly string[],
  { host }: Options,
): Promise<{ readonly globs: readonly string[]; readonly host: string | undefined }> {
  const last = args.at(-1)!;
  if (host !== undefined || !(await session.hosts()).has(last)) return { globs: args, host };
  if (args.length > 1) return { globs: args.slice(0, -1), host: last };
  throw new Misuse(`"${printable(last)}" is a host, and no glob is given`, {
    hint: `Name what to find, such as: find '*.conf' ${last}; to find a path of this name, add --host`,
  });
}

class Search {
  readonly #session: Session;
  readonly #identities: readonly Identity[];
  readonly #globs: readonly string[];
  readonly #since: Date | undefined;
  readonly #columns: Columns;
  #found = 0;
  /** Globs that no host has matched. */
  readonly unmatched: Set<string>;

  constructor(
    session: Session,
    identities: readonly Identity[],
    globs: readonly string[],
    since: Date | undefined,
  ) {
    this.#session = session;
    this.#identities = identities;
    this.#globs = globs;
    this.#since = since;
    this.#columns = new Columns(session.output, { right: [1], titles: TITLES });
    this.unmatched = new Set(globs);
  }

  async host(host: Host): Promise<ExitCode> {
    const { run, output } = this.#session;
    const problems = new Problems(run.report);
    const options = {
      globs: this.#globs,
      since: this.#since,
      problem: (snapshot: string, why: Failure) => problems.add(`${host.name}/${snapshot}`, why),
    };
    const { versions, unmatched } = await this.#session.withReader(
      host,
      (reader) => findVersions(host, reader, this.#identities, options, run),
      { fallback: true },
    );
    for (const glob of this.#globs) if (!unmatched.includes(glob)) this.unmatched.delete(glob);
    for (const version of versions) {
      this.#print(host.name, version);
      if (output.unread) break;
    }
    this.#found += versions.length;
    this.#columns.end();
    return problems.end();
  }

  /** @throws {Failure} if nothing was found. */
  end(): void {
    if (this.#found === 0) {
      throw new Failure(
        `No snapshot has anything that matches ${this.#globs.map((it) => `"${printable(it)}"`).join(", ")}`,
        {
          hint:
            "Run `nightdrop files SNAPSHOT` to see the paths; quote globs from the shell, such as '*.conf'",
        },
      );
    }
    for (const glob of this.unmatched) {
      this.#session.run.report({ event: "warning", text: nothingMatches(glob, "the snapshots") });
    }
  }

  #print(host: string, { entry, first, last, snapshots, sentIn }: Version): void {
    const { mode, size, time, path } = entryCells(entry);
    const digest = entry.sha256 ?? "-";
    const ids = [first, last, sentIn[0]!];
    const cells = this.#columns.aligned
      ? [mode, size, time, digest.slice(0, 12), ...ids.map(timeIn), String(snapshots), host, path]
      : [mode, size, time, digest, ...ids, String(snapshots), host, path];
    this.#columns.add(cells, { event: "version", host, ...entry, first, last, snapshots, sentIn });
  }
}

const TITLES = [
  "MODE",
  "SIZE",
  "MODIFIED",
  "SHA-256",
  "FIRST",
  "LAST",
  "SENT BY",
  "SNAPSHOTS",
  "HOST",
  "PATH",
];

/** Returns the beginning of an id, which is enough to name a snapshot, unless two were begun in one second. */
function timeIn(id: string): string {
  return id.split("-")[0]!;
}
