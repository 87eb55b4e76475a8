import type { Command } from "commander";
import { exists } from "../../disk/exists.ts";
import { Failure, Misuse } from "../../model/failure.ts";
import { printable } from "../../model/printable.ts";
import { quickstart, type QuickstartResult } from "../../setup/quickstart.ts";
import { shellWord } from "../../model/shell.ts";
import { act, command } from "../command.ts";
import { formatBytes, formatDuration, formatNumber } from "../format.ts";
import { asStarted } from "../invocation.ts";
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
    .option(
      "--in <dir>",
      "new directory for keys, store and restored files (default: quickstart, quickstart-2 …)",
    )
    .example("quickstart", "/etc, into ./quickstart")
    .example("quickstart /srv/www --in /tmp/trial", "another directory, elsewhere")
    .action((directory: string, options: CommonOptions & { in?: string }, made: Command) =>
      act(options, (session) => run(session, directory, options.in ?? unused(made)))
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

/** The way to a real host. */
const NEXT = [
  "1. On your own machine: nightdrop init --host NAME. Take the private key off-line.",
  "2. Declare paths and store in the config. For a bucket: nightdrop provision NAME --apply",
  "3. On the host: nightdrop backup, then nightdrop schedule --install",
  "4. On your machine: nightdrop list, nightdrop verify, nightdrop restore, and nightdrop status every night",
  "5. A bucket removes old snapshots. For a directory, run nightdrop expire NAME --apply where its owner works",
];

function printResult(
  session: Session,
  result: QuickstartResult,
): void {
  const { keys, config, backup, verify, restore, restored, differences } = result;
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
    `The private key is ${keys.privateFile}. It has no passphrase, because this was a trial.`,
    `Everyone who gets it can read the backups. Without it they cannot be read at all.`,
    "",
    "Try these:",
    ...commands(result).map((line) => `  ${asStarted(line)}`),
    "",
    "Then, for a real host:",
    ...NEXT.map((line) => `  ${asStarted(line)}`),
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

/** Returns the first directory that does not exist: a second drill leaves the first one as it is. */
function unused(made: Command): string {
  const { relativeTo } = made.optsWithGlobals<{ relativeTo?: string }>();
  const base = `${relativeTo ?? Deno.cwd()}/quickstart`;
  for (let number = 1;; number++) {
    const directory = number === 1 ? base : `${base}-${number}`;
    if (!exists(directory)) return directory;
  }
}

/** Returns three commands to paste: list, files, and restore of one file. */
function commands({ config, keys, restored, directory }: QuickstartResult): string[] {
  const [about, identity] = [`--config ${shellWord(config)}`, `--identity ${shellWord(keys.privateFile)}`];
  const file = firstFile(restored)?.slice(restored.length) ?? "/";
  return [
    `nightdrop list ${about}`,
    `nightdrop files latest ${about} ${identity}`,
    `nightdrop restore latest ${shellWord(file)} --to ${
      shellWord(`${directory}/one-file`)
    } ${about} ${identity}`,
  ];
}

/** Returns the path of a file below a directory. */
function firstFile(directory: string): string | undefined {
  const entries = [...Deno.readDirSync(directory)].map(({ name, isFile, isDirectory }) => ({
    path: `${directory}/${name}`,
    isFile,
    isDirectory,
  })).sort((a, b) => a.path < b.path ? -1 : 1);
  const file = entries.find(({ isFile }) => isFile);
  if (file !== undefined) return file.path;
  for (const { path } of entries.filter(({ isDirectory }) => isDirectory)) {
    const found = firstFile(path);
    if (found !== undefined) return found;
  }
  return undefined;
}

function refuseUsed(directory: string): void {
  if (!exists(directory)) return;
  throw new Misuse(`Cannot use the directory "${directory}": it exists`, {
    hint: "Name a new directory, or leave out --in",
  });
}

/** Returns the name of this machine in the form that a config requires. */
export function hostName(): string {
  return Deno.hostname().toLowerCase().replace(/[^a-z0-9.-]+/g, "-").replace(/^[.-]+|[.-]+$/g, "") ||
    "localhost";
}
