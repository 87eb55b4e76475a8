import type { Command } from "commander";
import { exists } from "../../disk/exists.ts";
import { Failure, Misuse } from "../../model/failure.ts";
import { printable } from "../../model/printable.ts";
import { quickstart, type QuickstartResult } from "../../setup/quickstart.ts";
import { act, command } from "../command.ts";
import { formatBytes, formatDuration, formatNumber } from "../format.ts";
import type { CommonOptions, Session } from "../session.ts";

/** `quickstart`: a complete drill on this machine. */
export function quickstartCommand(): Command {
  return command(
    "quickstart",
    "try a backup, verification and restore on this machine",
    "Creates a key pair, backs up a directory to a directory store, verifies every byte, restores the snapshot and " +
      "compares it with the source. All files are created in one new directory.",
  )
    .argument("[directory]", "directory to back up", "/etc")
    .option("--in <dir>", "new directory for keys, store and restored files", "quickstart")
    .example("quickstart", "/etc, into ./quickstart")
    .example("quickstart /srv/www --in /tmp/trial", "another directory, elsewhere")
    .action((directory: string, options: CommonOptions & { in: string }) =>
      act(options, (session) => run(session, directory, options.in))
    );
}

async function run(session: Session, source: string, name: string): Promise<void> {
  const directory = absolute(name);
  refuseUsed(directory);
  const { output } = session;
  session.cleansUp = true;
  const options = { directory, source: absolute(source), host: hostName(), root: Deno.uid() === 0 };
  const result = await quickstart(options, (text) => output.say(`· ${text}`), session.run);
  printResult(session, result);
  if (result.differences.length > 0) {
    throw new Failure(`${formatNumber(result.differences.length, "restored path")} differ from the source`, {
      hint: "Try a directory that does not change while it is backed up",
    });
  }
}

function printResult(
  session: Session,
  { keys, config, backup, verify, restore, restored, differences }: QuickstartResult,
): void {
  for (const note of restore.notes) session.output.say(note);
  for (const { path, what } of differences) session.output.warn(`/${printable(path)} ${what}`);
  const unread = backup.unread === 0
    ? ""
    : ` (${formatNumber(backup.unread, "path")} could not be read by this user)`;
  const same = `, the same as ${backup.unread === 0 ? "the source" : "what could be read"}`;
  const lines = [
    `Backed up  ${formatNumber(backup.entries, "entry", "entries")} of ${formatBytes(backup.bytes)}, ` +
    `${formatBytes(backup.stored)} sealed, in ${formatDuration(backup.milliseconds)}${unread}`,
    `Verified   ${formatNumber(verify.objects, "object")}: signature, chain, SHA-256, contents`,
    `Restored   ${formatNumber(restore.entries, "entry", "entries")} into ${restored}` +
    (differences.length === 0 ? same : ""),
    "",
    `The private key is ${keys.privateFile}. It has no passphrase, because this was a drill.`,
    `Everyone who gets it can read the backups. Without it they cannot be read at all.`,
    "",
    "Next, for a real host:",
    "  1. On your own machine, run `deno task init`. Keep the private key off-line and copy the public key to the host.",
    `  2. Declare host, paths and store in backup.config.ts. ${config} is a working example.`,
    "  3. On the host, run `deno task backup` from cron. On your machine, run `deno task verify` and `deno task restore`.",
    "  4. A bucket removes old snapshots by itself. For a directory, run `deno task expire HOST --apply` where its owner works.",
  ];
  session.output.data(lines, {
    event: "quickstart",
    keys,
    config,
    backup,
    verify,
    restore,
    restored,
    differences,
  });
}

function absolute(path: string): string {
  return path.startsWith("/") ? path : `${Deno.cwd()}/${path}`.replace(/\/\.?$/, "");
}

function refuseUsed(directory: string): void {
  if (!exists(directory)) return;
  throw new Misuse(`Cannot use the directory "${directory}": it exists`, {
    hint: "Name a new directory with --in, or remove this one if it is from an earlier drill",
  });
}

/** Returns the name of this machine in the form that a config requires. */
export function hostName(): string {
  return Deno.hostname().toLowerCase().replace(/[^a-z0-9.-]+/g, "-").replace(/^[.-]+|[.-]+$/g, "") ||
    "localhost";
}
