import type { Command } from "commander";
import { exists } from "../../disk/exists.ts";
import { Failure, Misuse } from "../../model/failure.ts";
import { printable } from "../../model/printable.ts";
import { quickstart, type QuickstartResult } from "../../setup/quickstart.ts";
import { act, command } from "../command.ts";
import { formatBytes, formatDuration, formatNumber } from "../format.ts";
import type { CommonOptions, Session } from "../session.ts";

/** `quickstart`: the whole of nightdrop on this machine. */
export function quickstartCommand(): Command {
  return command(
    "quickstart",
    "see a backup made, verified and restored on this machine",
    "Makes keys, backs a real directory up into a directory of this machine, verifies it, restores it and compares the two. " +
      "Everything it makes lies in one new directory.",
  )
    .argument("[directory]", "the directory to back up", "/etc")
    .option("--in <dir>", "the new directory for keys, store and restored files", "quickstart")
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
      hint: "A tree that changes while it is backed up differs: try a quiet directory",
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
    `The private key is ${keys.privateFile}. It has no passphrase: this was a drill.`,
    `Whoever has it can read the backups, and without it nobody can, you included.`,
    "",
    "Next, for a real host:",
    "  1. On your own machine: `deno task init`. Keep the private key off-line, the public key goes to the host.",
    `  2. Declare host, paths and store in backup.config.ts; ${config} is one that works.`,
    "  3. On the host: `deno task backup`, from cron. On your machine: `deno task verify` and `deno task restore`.",
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
  throw new Misuse(`"${directory}" exists`, {
    hint: "Name a new directory with --in, or remove it if it was a drill",
  });
}

/** The machine's name in the form that a config wants; a machine may be called anything. */
export function hostName(): string {
  return Deno.hostname().toLowerCase().replace(/[^a-z0-9.-]+/g, "-").replace(/^[.-]+|[.-]+$/g, "") ||
    "localhost";
}
