import { type Command, InvalidArgumentError } from "commander";
import { isDay, MAX_LABEL } from "../../model/pin_record.ts";
import { pin } from "../../provisioning/pin.ts";
import { act, command } from "../command.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { formatNumber } from "../format.ts";
import { costOf, pinsOfHost, withPins } from "../pin_store.ts";
import type { CommonOptions, Session } from "../session.ts";
import { withSnapshot } from "../snapshot.ts";

interface Options extends CommonOptions {
  readonly label: string;
  readonly until?: string;
}

/** `pin`: keeps a snapshot beyond its expiry. */
export function pinCommand(): Command {
  return command(
    "pin",
    "keep a snapshot beyond its expiry",
    "Copies everything that a restore of the snapshot reads into the store `pins` of the config, which must not expire " +
      "anything: its receipt, index and volumes, and what it shares with older snapshots. The receipts say what that is, so " +
      "no private key is needed. If both stores are buckets at one server, and the credentials of the pins may read the " +
      "backups, the server copies them; otherwise this machine does. Objects keep their names and are checked against the SHA-256 in them. If it is interrupted, " +
      "run it again.",
  )
    .argument(
      "<snapshot>",
      "id or the start of one, or `latest`; `HOST/latest` if the config has several hosts",
    )
    .requiredOption("--label <text>", "why it is kept", label)
    .option("--until <date>", "day after which it may be unpinned, such as 2031-12-31", day)
    .example("pin 20261123T0500 --label 'before the move' --until 2031-12-31", "for five years")
    .example("pin web1.example.org/latest --label 'year 2026'", "until it is unpinned")
    .action((snapshot: string, options: Options) =>
      act(options, (session) => run(session, snapshot, options))
    );
}

async function run(session: Session, wanted: string, options: Options): Promise<ExitCode> {
  const { label } = options;
  const until = options.until ?? null;
  return await withSnapshot(session, wanted, async (snapshot, from) => {
    const host = await session.host(snapshot.host);
    const { record: { objects }, copied, byServer, existed, bytes } = await withPins(
      session,
      host,
      (pins) => pin(snapshot, from, pins, { label, until }, session.run),
      host.store,
    );
    const { store } = pinsOfHost(host);
    const text = `Pinned ${host.name}/${snapshot.id}: ${formatNumber(objects.length, "object")} of ${
      costOf(store, bytes)
    }; ${copiesOf(copied, byServer)}, ${existed} there before`;
    session.output.data(text, {
      event: "pinned",
      host: host.name,
      snapshot: snapshot.id,
      label,
      until,
      objects: objects.length,
      bytes,
      copied,
      byServer,
      existed,
    });
    return EXIT.DONE;
  });
}

function copiesOf(copied: number, byServer: number): string {
  const here = "through this machine";
  return byServer === 0
    ? `${copied} copied ${here}`
    : `${copied} copied (${byServer} by the server, ${copied - byServer} ${here})`;
}

function label(text: string): string {
  if (text.trim() === "" || text.length > MAX_LABEL) {
    throw new InvalidArgumentError(`Give a text of 1 to ${MAX_LABEL} characters.`);
  }
  return text;
}

function day(text: string): string {
  if (!isDay(text)) throw new InvalidArgumentError("Give a day, such as 2031-12-31.");
  return text;
}
