import type { Command } from "commander";
import type { StoreReader } from "../../app/stores.ts";
import type { Host } from "../../config/types.ts";
import type { PinRecord } from "../../model/pin_record.ts";
import { storedObjects } from "../../model/receipt.ts";
import { pinsOf } from "../../snapshots/pins.ts";
import { type Flaw, list, type ListLine } from "../../snapshots/list.ts";
import { printable } from "../../model/printable.ts";
import { act, command } from "../command.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { forHosts } from "../fleet.ts";
import { formatBytes, formatCount, formatNumber, formatSecond } from "../format.ts";
import { hostColumns } from "../host_columns.ts";
import { PINS, storeOption } from "../named_store.ts";
import type { CommonOptions, Session } from "../session.ts";

/** `list`: the snapshots in a store. */
export function listCommand(): Command {
  const made = command(
    "list",
    "list the snapshots in the store",
    "Lists the snapshots of a host, or of every host of the config, from their signed receipts. Needs credentials that " +
      "can read the store, but no private key.",
  );
  return storeOption(made)
    .argument("[host]", "host of the config (default: all hosts)")
    .example("list", "every host")
    .example("list web1.example.org --json", "for scripts")
    .example("list --store pins", "what was pinned, why and until when")
    .example("list --store 's3://backups?region=eu-central-1'", "without a config")
    .action((host: string | undefined, options: CommonOptions) =>
      act(options, (session) => run(session, host))
    );
}

async function run(whole: Session, name: string | undefined): Promise<ExitCode> {
  const columnsOf = await hostColumns(whole, name, { right: [2, 3, 4], titles: TITLES }, [0, 23, 9, 9, 9]);
  const { code } = await forHosts(whole, name, (host, session) =>
    session.withReader(host, async (reader) => {
      const kinds = new Set<ListLine["kind"] | Flaw>();
      const pins = session.store === PINS ? await pinsById(session, host, reader) : undefined;
      const columns = columnsOf(session.output);
      const print = (row: Row): void => {
        if (columns.aligned && !session.output.json) columns.add(row.cells, {});
        else session.output.data(lineOf(row.cells), row.record);
      };
      for await (const listed of list(host, reader, session.run)) {
        // Other snapshots in the store of pins are parts of those that are pinned.
        if (pins !== undefined && !pins.has(idOf(listed))) continue;
        kinds.add(listed.kind === "more" ? listed.flaw : listed.kind);
        if (listed.kind === "snapshot") {
          print(rowOf(session, host.name, listed, pins?.get(idOf(listed))));
        } else {
          columns.end();
          showFlaw(session, host.name, listed);
        }
        if (session.output.unread) break;
      }
      columns.end();
      if (kinds.has("damaged")) return EXIT.DAMAGE;
      return kinds.has("unreadable") ? EXIT.FAILED : EXIT.DONE;
    }));
  return code;
}

async function pinsById({ run }: Session, host: Host, reader: StoreReader): Promise<Map<string, PinRecord>> {
  return new Map((await pinsOf(reader, host.name, run.signal)).map((it) => [it.snapshot, it]));
}

function idOf(listed: ListLine): string {
  if (listed.kind === "snapshot") return listed.snapshot.id;
  return "id" in listed ? listed.id : "";
}

/** Row of a snapshot. */
interface Row {
  readonly cells: readonly string[];
  readonly record: object;
}

const TITLES = ["SNAPSHOT", "STORED AT", "ENTRIES", "CONTENT", "STORED", "NOTES"];

function rowOf(
  { isWithoutConfig }: Session,
  host: string,
  listed: ListedSnapshot,
  pin: PinRecord | undefined,
): Row {
  const { snapshot, otherReceipts } = listed;
  const { id, receipt, storedAt, pinned } = snapshot;
  const { label, until } = pin ?? {};
  const notes = [
    ...(receipt.unread === 0 ? [] : [`incomplete: ${formatNumber(receipt.unread, "path")} not read`]),
    ...(pinned || isWithoutConfig ? [] : ["signer not pinned"]),
    ...(otherReceipts === 0 ? [] : [`${formatNumber(otherReceipts, "foreign receipt")} ignored`]),
    ...(pin === undefined ? [] : [`pinned: ${printable(label!)}${until ? `, until ${until}` : ""}`]),
  ];
  return {
    cells: [
      `${host}/${id}`,
      formatSecond(storedAt),
      formatCount(receipt.entries),
      formatBytes(receipt.bytes),
      formatBytes(storedObjects(receipt).bytes),
      notes.join("  "),
    ],
    record: { ...record(host, listed), ...(pin && { label, until }) },
  };
}

/** Returns the line of a snapshot in a pipe, which scripts read. */
function lineOf([name, storedAt, entries, bytes, stored, notes]: readonly string[]): string {
  const content = `${entries} ${entries === "1" ? "entry" : "entries"}, ${bytes}`;
  return [name, storedAt, content, `${stored} stored`, ...(notes ? [notes] : [])].join("  ");
}

function showFlaw(
  { output, run }: Session,
  host: string,
  listed: Exclude<ListLine, { kind: "snapshot" }>,
): void {
  switch (listed.kind) {
    case "doubt":
      return run.report({ event: "warning", text: `${host}: ${listed.why}` });
    case "more": {
      const { flaw, count } = listed;
      return output.data(`${host}  ${count} more ${flaw}`, { event: "more", host, flaw, count });
    }
    default: {
      const { kind, id, why } = listed;
      return output.data(`${host}/${printable(id)}  ${kind}: ${why}`, {
        event: kind,
        host,
        snapshot: printable(id),
        why,
      });
    }
  }
}

type ListedSnapshot = Extract<ListLine, { kind: "snapshot" }>;

function record(host: string, { snapshot, otherReceipts }: ListedSnapshot): object {
  const { id, receipt, storedAt, pinned } = snapshot;
  const { entries, bytes, unread, started, finished, signer, recipients } = receipt;
  return {
    event: "snapshot",
    host,
    snapshot: id,
    storedAt: storedAt.toISOString(),
    started,
    finished,
    entries,
    bytes,
    stored: storedObjects(receipt).bytes,
    unread,
    signer: signer.fingerprint,
    pinned,
    recipients,
    ...(otherReceipts > 0 && { otherReceipts }),
  };
}
