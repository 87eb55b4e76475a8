import type { Command } from "commander";
import { openRemover } from "../../app/stores.ts";
import { readState, stateDirectory } from "../../catalog/state.ts";
import type { DirectoryStore, Host } from "../../config/types.ts";
import { exists } from "../../disk/exists.ts";
import { Misuse } from "../../model/failure.ts";
import { printable } from "../../model/printable.ts";
import { expire, type Expired } from "../../provisioning/expire.ts";
import type { DirectoryKind } from "../../provisioning/expiry_survey.ts";
import { act, command } from "../command.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { formatBytes, formatNumber } from "../format.ts";
import { type CommonOptions, environment, type Session } from "../session.ts";

interface Options extends CommonOptions {
  readonly apply?: boolean;
  readonly onHost?: boolean;
}

const KINDS: Readonly<Record<DirectoryKind, string>> = {
  snapshot: "",
  unfinished: ", of a run that broke off",
  unverified: ", without a receipt of a pinned signer",
  unread: ", not read",
};

/** `expire`: removes expired snapshots from a directory store. */
export function expireCommand(): Command {
  return command(
    "expire",
    "remove expired snapshots from a directory store",
    "A bucket removes old objects by itself, a directory does not. Removes the objects of a host that are older than " +
      "its retention, re-sending and one day together, by the dates of the files. Objects that a snapshot within its " +
      "retention needs stay. Without --apply it prints what it would remove. Run it as the owner of the directory, on a " +
      "machine that does not back up to it.",
  )
    .argument("<host>", "host of the config")
    .option("--apply", "remove the objects")
    .option(
      "--on-host",
      "also on the machine that makes the backups, such as for a disk of your own computer",
    )
    .example("expire web1.example.org", "what would be removed")
    .example("expire web1.example.org --apply", "from cron on the machine with the directory")
    .action((host: string, options: Options) => act(options, (session) => run(session, host, options)));
}

async function run(session: Session, name: string, options: Options): Promise<ExitCode> {
  const { output } = session;
  const { apply = false, onHost = false } = options;
  const host = await session.host(name);
  const store = directoryOf(host);
  if (!onHost) refuseHost(host);
  const show = (expired: Expired): void => print(session, host.name, expired, apply);
  const remover = apply ? await openRemover(store, environment, session.run) : undefined;
  const result = await session.withReader(
    host,
    (reader) => expire(host, reader, remover, show, session.run),
    { cached: false },
  );
  const what = `${formatNumber(result.snapshots, "snapshot")}, ${formatNumber(result.objects, "object")} of ${
    formatBytes(result.bytes)
  }`;
  const foreign = result.foreign === 0
    ? ""
    : `; ${formatNumber(result.foreign, "file")} not of nightdrop left unchanged`;
  const unread = result.unread === 0
    ? ""
    : `; ${formatNumber(result.unread, "directory", "directories")} not read and left unchanged`;
  const kept = `${formatNumber(result.kept, "snapshot")} kept${foreign}${unread}`;
  output.data(`${host.name}: ${apply ? "removed" : "would remove"} ${what}; ${kept}`, {
    event: "expiry",
    host: host.name,
    applied: apply,
    ...result,
  });
  if (!apply && result.objects > 0) {
    output.say(`Nothing was removed. Run \`nightdrop expire ${host.name} --apply\``);
  }
  return result.unread === 0 ? EXIT.DONE : EXIT.FAILED;
}

function print({ output }: Session, host: string, expired: Expired, applied: boolean): void {
  const { id, kind, objects, bytes } = expired;
  const what = `${formatNumber(objects, "object")} of ${formatBytes(bytes)}${KINDS[kind]}`;
  output.data(`${applied ? "removed" : "would remove"} ${host}/${printable(id)}: ${what}`, {
    event: "expired",
    host,
    snapshot: id,
    kind,
    objects,
    bytes,
    applied,
  });
}

function directoryOf({ name, store }: Host): DirectoryStore {
  if (store.kind === "directory") return store;
  throw new Misuse(
    `Cannot expire snapshots of ${name}: its store is a bucket, whose lifecycle expires them`,
    {
      hint:
        "Run `audit` to check the expiry of the bucket. A server without lifecycle rules removes nothing: docs/STORES.md has the " +
        "commands for OpenStack Swift",
    },
  );
}

/**
 * Refuses on the machine that makes the backups, which is the one with the host's signing key: an intruder on it must
 * not be able to remove them, so it must not have the permissions.
 */
function refuseHost(host: Host): void {
  const { signerFile } = readState(stateDirectory(host));
  if (!exists(signerFile)) return;
  throw new Misuse(
    `Cannot expire snapshots of ${host.name} here: this machine makes its backups and has the key ${signerFile}`,
    {
      hint:
        "Run it on the machine that owns the directory, and let the host only add files. If both are one machine, " +
        "such as with a disk of your own computer, add --on-host",
    },
  );
}
