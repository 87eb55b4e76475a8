import type { Command } from "args";
import { list, type Listed } from "../../list.ts";
import { printable } from "../../model/printable.ts";
import { act, command, examples } from "../command.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { formatBytes, formatNumber, formatTime } from "../format.ts";
import type { CommonOptions, Session } from "../session.ts";

/** `list`: the snapshots in the store. */
export function listCommand(): Command {
  return command(
    "list",
    "show the snapshots in the store",
    "Shows the snapshots of a host, or of every host of the config, from their signed receipts. Needs credentials " +
      "that can read the store, and no private key.",
  )
    .argument("[host]", "a host of the config; all by default")
    .addHelpText("after", examples(["list", "every host"], ["list web1.example.org --json", "for scripts"]))
    .action((host: string | undefined, options: CommonOptions) =>
      act(options, (session) => run(session, host))
    );
}

async function run(session: Session, name: string | undefined): Promise<ExitCode> {
  let exit: ExitCode = EXIT.DONE;
  for (const host of await session.hostOrAll(name)) {
    await session.withReader(host, async (reader) => {
      for await (const listed of list(host, reader, session.run)) {
        session.output.data(line(host.name, listed), record(host.name, listed));
        if (listed.kind === "damaged") exit = EXIT.DAMAGE;
      }
    });
  }
  return exit;
}

function line(host: string, listed: Listed): string {
  if (listed.kind !== "snapshot") return `${host}/${printable(listed.id)}  ${listed.kind}: ${listed.why}`;
  const { id, receipt, storedAt, pinned } = listed.snapshot;
  const marks = [
    ...(receipt.unread === 0 ? [] : [`incomplete: ${formatNumber(receipt.unread, "path")} not read`]),
    ...(pinned ? [] : ["signer not pinned"]),
  ];
  const content = `${formatNumber(receipt.entries, "entry", "entries")}, ${formatBytes(receipt.bytes)}`;
  return [
    `${host}/${id}`,
    formatTime(storedAt),
    content,
    `${formatBytes(storedBytes(listed))} stored`,
    ...marks,
  ].join("  ");
}

function record(host: string, listed: Listed): object {
  if (listed.kind !== "snapshot") {
    return { event: listed.kind, host, snapshot: printable(listed.id), why: listed.why };
  }
  const { id, receipt, storedAt, pinned } = listed.snapshot;
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
    stored: storedBytes(listed),
    unread,
    signer: signer.fingerprint,
    pinned,
    recipients,
  };
}

function storedBytes({ snapshot: { receipt } }: Extract<Listed, { kind: "snapshot" }>): number {
  return [...receipt.volumes, receipt.index].flatMap(({ parts }) => parts).reduce(
    (sum, { size }) => sum + size,
    0,
  );
}
