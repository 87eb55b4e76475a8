import { type Command, Option } from "commander";
import type { Host } from "../../config/types.ts";
import { Misuse } from "../../model/failure.ts";
import { largestSent } from "../../snapshots/largest_sent.ts";
import { list, type ListLine } from "../../snapshots/list.ts";
import { type Night, nightOf } from "../../snapshots/night.ts";
import { Columns } from "../columns.ts";
import { act, command } from "../command.ts";
import { entryCells } from "../entry_cells.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { forHosts } from "../fleet.ts";
import { formatBytes, formatDuration, formatNumber, formatSecond } from "../format.ts";
import { hostColumns } from "../host_columns.ts";
import { type IdentityOptions, identityOptions, unlock } from "../identities.ts";
import { storeOption } from "../named_store.ts";
import type { CommonOptions, Session } from "../session.ts";
import { SNAPSHOT_ARGUMENT, withSnapshot } from "../snapshot.ts";
import { wholeNumber } from "../whole_number.ts";

interface Options extends CommonOptions, IdentityOptions {
  readonly sent?: boolean;
  readonly top?: number;
}

/** Default of `--top`. */
const TOP = 20;

/** `stats`: what each snapshot takes in the store. */
export function statsCommand(): Command {
  const made = command(
    "stats",
    "show what hosts and snapshots take in the store",
    "Prints for each snapshot the entries and bytes of the tree, what its run sent, what that takes in the store, and how long " +
      "it took, from the signed receipts: no private key is needed. With --sent it prints the largest files that the run of one " +
      "snapshot sent, from its encrypted index: what made last night large.",
  )
    .argument(
      "[host]",
      `host of the config (default: all hosts); with --sent a snapshot: ${SNAPSHOT_ARGUMENT}`,
    )
    .option("--sent", "print the largest files that one run sent; needs --identity")
    .addOption(
      new Option("--top <n>", `number of files that --sent prints (default: ${TOP})`).argParser(
        wholeNumber,
      ),
    );
  return identityOptions(storeOption(made))
    .example("stats", "every host")
    .example("stats web1.example.org --json", "for scripts")
    .example("stats latest --sent --top 5 --identity keys/backups.private.asc", "what made last night large")
    .action((what: string | undefined, options: Options) =>
      act(options, (session) => options.sent ? sent(session, what, options) : use(session, what, options))
    );
}

async function use(whole: Session, name: string | undefined, { top }: Options): Promise<ExitCode> {
  if (top !== undefined) throw new Misuse("Cannot use --top without --sent", { hint: "Add --sent" });
  if (name?.includes("/")) {
    throw new Misuse(`Cannot show the use of "${name}": it is not the name of a host`, {
      hint: "Name a host, or add --sent to see what the run of a snapshot sent",
    });
  }
  const options = { right: [2, 3, 4, 5, 6, 7], titles: TITLES };
  const columnsOf = await hostColumns(whole, name, options, [0, 23, 9, 9, 9, 12, 9, 9]);
  const { code } = await forHosts(whole, name, (host, session) =>
    session.withReader(host, async (reader) => {
      const columns = columnsOf(session.output);
      const [nights, flaws] = [[] as Night[], new Set<ListLine["kind"]>()];
      for await (const listed of list(host, reader, session.run)) {
        if (listed.kind !== "snapshot") {
          flaws.add(listed.kind === "more" ? listed.flaw : listed.kind);
          continue;
        }
        const night = nightOf(listed.snapshot);
        nights.push(night);
        columns.add(cellsOf(host, night), recordOf(host, night));
        if (session.output.unread) break;
      }
      columns.end();
      summarize(session, host, nights);
      if (flaws.has("damaged")) return EXIT.DAMAGE;
      return flaws.has("unreadable") ? EXIT.FAILED : EXIT.DONE;
    }));
  return code;
}

const TITLES = ["SNAPSHOT", "STORED AT", "ENTRIES", "CONTENT", "SENT", "SENT CONTENT", "STORED", "TOOK"];

function cellsOf(host: Host, { id, storedAt, entries, bytes, sent, stored, duration }: Night): string[] {
  return [
    `${host.name}/${id}`,
    formatSecond(storedAt),
    String(entries),
    formatBytes(bytes),
    String(sent.entries),
    formatBytes(sent.bytes),
    formatBytes(stored),
    formatDuration(duration),
  ];
}

function recordOf({ name }: Host, night: Night): object {
  const { id, storedAt, duration, entries, bytes, sent, plain, stored, unread } = night;
  return {
    event: "use",
    host: name,
    snapshot: id,
    storedAt: storedAt.toISOString(),
    entries,
    bytes,
    sent,
    plain,
    stored,
    unread,
    milliseconds: duration,
  };
}

function summarize({ output }: Session, { name }: Host, nights: readonly Night[]): void {
  const stored = nights.reduce((sum, it) => sum + it.stored, 0);
  output.data(`${name}: ${formatNumber(nights.length, "snapshot")}, ${formatBytes(stored)} stored`, {
    event: "hostUse",
    host: name,
    snapshots: nights.length,
    stored,
  });
}

async function sent(session: Session, wanted: string | undefined, options: Options): Promise<ExitCode> {
  if (wanted === undefined) {
    throw new Misuse("Cannot use --sent without a snapshot", {
      hint: "Name one, such as `stats latest --sent`",
    });
  }
  const identities = await unlock(session, options);
  return await withSnapshot(session, wanted, async (snapshot, reader) => {
    const { signal } = session.run;
    const largest = await largestSent(snapshot, reader, identities, options.top ?? TOP, signal);
    const columns = new Columns(session.output, { right: [0], titles: ["SIZE", "PATH"] });
    for (const entry of largest) {
      const { size, path } = entryCells(entry);
      columns.add([size, path], { event: "entry", ...entry });
    }
    columns.end();
    const { sent, stored, id } = nightOf(snapshot);
    const [count, bytes] = [formatNumber(sent.entries, "entry", "entries"), formatBytes(sent.bytes)];
    session.output.data(`${snapshot.host}/${id} sent ${count} of ${bytes}, ${formatBytes(stored)} stored`, {
      event: "sent",
      host: snapshot.host,
      snapshot: id,
      ...sent,
      stored,
    });
    return EXIT.DONE;
  });
}
