import { type Command, Option } from "commander";
import { resolve } from "node:path/posix";
import type { Host } from "../../config/types.ts";
import { exists } from "../../disk/exists.ts";
import { denoCommand, denoJson, installation } from "../../app/installation.ts";
import { Misuse } from "../../model/failure.ts";
import { hasSet } from "../../permissions/sets.ts";
import { LAUNCHES } from "../../permissions/launch.ts";
import {
  cronSchedule,
  installSchedule,
  otherSchedule,
  type ScheduleFile,
  systemdSchedule,
} from "../../schedule/schedule.ts";
import { act, command } from "../command.ts";
import { hostOption, permissionsHint, runContext } from "../permission_check.ts";
import type { CommonOptions, Session } from "../session.ts";

interface Options extends CommonOptions {
  readonly host?: string;
  readonly cron?: boolean;
  readonly systemd?: boolean;
  readonly install?: boolean;
  readonly root: string;
}

/** `schedule`: runs a backup every night. */
export function scheduleCommand(): Command {
  return command(
    "schedule",
    "run a backup every night with cron or systemd",
    "Prints a crontab file, or a systemd service and timer; with --install it installs them. Each host has its own time " +
      "between 04:00 and 07:00, when no time zone changes its clocks. The timer adds a random delay and runs a missed " +
      "backup after the machine was off. The service has low priority and a read-only file system.",
  )
    .option(
      "--host <name>",
      "host of the config (default: the one with the name of this machine)",
    )
    .addOption(new Option("--cron", "for cron (default if systemd is not running)").conflicts("systemd"))
    .option("--systemd", "for systemd (default if it is running)")
    .option("--install", "install the files")
    .option("--root <dir>", "root directory of the image to install into", "/")
    .example("schedule --cron", "print a file for /etc/cron.d")
    .example("schedule --systemd --install", "install the units, as root on the host")
    .action((options: Options) => act(options, (session) => run(session, options), hostOption(options)));
}

async function run(session: Session, options: Options): Promise<void> {
  const host = await session.host(options.host);
  const how = runContext(session);
  await refuseMissingSet(session, host);
  const systemd = options.systemd ?? (!options.cron && exists("/run/systemd/system"));
  const files = systemd ? systemdSchedule(host, how) : cronSchedule(host, how);
  if (installation().kind === "clone" && denoCommand()[0] === "npx") {
    session.output.warn(
      `Deno comes from npx, which may fetch it again at night: \`npm install --global ${denoCommand()[2]}\``,
    );
  }
  if (options.install) return await install(session, files, host, options, systemd);
  for (const { path, text } of files) {
    session.output.say(`${path}:`);
    session.output.document(text.trimEnd(), { event: "schedule", path, text });
  }
}

/** Refuses a script whose permission set is not in the `deno.json` beside it. */
async function refuseMissingSet({ configFile }: Session, { name }: Host): Promise<void> {
  const { set } = LAUNCHES.backup;
  if (await hasSet(set, installation())) return;
  throw new Misuse(
    `Cannot make a schedule: the permissions of backup are not in ${denoJson(installation())}`,
    {
      hint: permissionsHint(configFile, ["--host", name]),
    },
  );
}

async function install(
  session: Session,
  files: readonly ScheduleFile[],
  host: Host,
  options: Options,
  systemd: boolean,
): Promise<void> {
  const { output } = session;
  const root = resolve(options.root).replace(/^\/$/, "");
  if (Deno.uid() !== 0 && root === "") {
    throw new Misuse("Cannot install the schedule: only root can install it for the machine", {
      hint: "Run it as root, or for yourself: (crontab -l; nightdrop schedule --cron) | crontab -",
    });
  }
  for (const { path, changed } of installSchedule(files, host, root)) {
    output.data(`${changed ? "Wrote" : "Unchanged:"} ${path}`, { event: "installed", path, changed });
  }
  const other = otherSchedule(files, root);
  if (other !== undefined) output.warn(`${other} also backs up this host: remove it, or backups run twice`);
  if (systemd) await enable(session, root);
}

/** Enables the timer. Without a running systemd, or in an image, it starts with the next boot. */
async function enable({ output }: Session, root: string): Promise<void> {
  const now = root === "" && exists("/run/systemd/system");
  const commands = now ? [["daemon-reload"], ["enable", "--now", "nightdrop.timer"]] : [
    [...(root === "" ? [] : [`--root=${root}`]), "enable", "nightdrop.timer"],
  ];
  for (const args of commands) {
    const line = `systemctl ${args.join(" ")}`;
    const { success } = await new Deno.Command("systemctl", {
      args,
      clearEnv: true,
      stdin: "null",
      stdout: "null",
    })
      .output()
      .catch(() => ({ success: false }));
    if (success) output.say(`Ran ${line}`);
    else throw new Misuse(`Cannot enable the timer: "${line}" failed`, { hint: `Run ${line}` });
  }
}
