import type { Command } from "commander";
import type { Host } from "../../config/types.ts";
import { Misuse } from "../../model/failure.ts";
import type { PinRecord } from "../../model/pin_record.ts";
import { printable } from "../../model/printable.ts";
import { unpin } from "../../provisioning/pin.ts";
import type { PinStore } from "../../provisioning/pin_store.ts";
import { pinsOf } from "../../snapshots/pins.ts";
import { act, command } from "../command.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { formatNumber } from "../format.ts";
import { costOf, pinsOfHost, withPins } from "../pin_store.ts";
import type { CommonOptions, Session } from "../session.ts";
import { whichSnapshot } from "../snapshot.ts";

/** `unpin`: removes a pinned snapshot. */
export function unpinCommand(): Command {
  return command(
    "unpin",
    "remove a pinned snapshot from the store of pins",
    "Removes the copy that `pin` made, except for objects that another pin needs, and prints what that copy cost. The store " +
      "of the backups is not changed. If the snapshot has expired there, it is lost.",
  )
    .argument("<snapshot>", "id or the start of one; `HOST/ID` if the config has several hosts")
    .example("unpin 20261123T0500", "one pin")
    .action((snapshot: string, options: CommonOptions) => act(options, (session) => run(session, snapshot)));
}

async function run(session: Session, wanted: string): Promise<ExitCode> {
  const { host, id } = await whichSnapshot(session, wanted);
  return await withPins(session, host, async (pins) => {
    const record = await found(session, pins, host, id);
    const { objects, bytes, shared } = await unpin(pins, record, session.run.signal);
    const { store } = pinsOfHost(host);
    const kept = shared === 0 ? "" : `; ${formatNumber(shared, "object")} kept for other pins`;
    const text = `Unpinned ${host.name}/${record.snapshot} (${printable(record.label)}): removed ${
      formatNumber(objects, "object")
    } of ${costOf(store, bytes)}${kept}`;
    session.output.data(text, {
      event: "unpinned",
      host: host.name,
      snapshot: record.snapshot,
      label: record.label,
      until: record.until,
      objects,
      bytes,
      shared,
    });
    return EXIT.DONE;
  });
}

async function found({ run }: Session, pins: PinStore, host: Host, id: string): Promise<PinRecord> {
  const all = await pinsOf(pins.reader, host.name, run.signal);
  const matching = [...new Map(all.map((it) => [it.snapshot, it])).values()]
    .filter(({ snapshot }) => snapshot.startsWith(id));
  const [only, other] = matching;
  if (only !== undefined && other === undefined) return only;
  const refusal = `Cannot unpin ${host.name}/${printable(id)}`;
  const ids = (matching.length > 0 ? matching : all).map(({ snapshot }) => snapshot).join(", ");
  throw new Misuse(
    `${refusal}: ${matching.length === 0 ? "there is no such pin" : "several pins begin so"}`,
    {
      hint: ids === "" ? `\`pin\` makes one` : `Name one of ${ids}`,
    },
  );
}
