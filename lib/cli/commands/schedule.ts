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
import { circumstances, hostOption, permissionsHint } from "../permission_check.ts";
import type { CommonOptions, Session } from "../session.ts";

interface Options extends CommonOptions {
  readonly host?: string;
  readonly cron?: boolean;
  readonly systemd?: boolean;
  readonly install?: boolean;
  readonly root: string;
}

/** `schedule`: a backup every night. */
export function scheduleCommand(): Command {
  return command(
    "schedule",
    "have cron or systemd back this host up every night",
    "Prints a file for cron, or a service and a timer for systemd; with --install it puts them in their places. Each " +
      "host has a time of its own between four and seven in the morning, when no clock is changed. The timer adds a random delay and makes up for " +
      "a night in which the machine was off; its service has low priority, and a system that it can only read.",
  )
    .option(
      "--host <name>",
      "the host of the config that this is; by default the one named like this machine",
    )
    .addOption(new Option("--cron", "for cron; the default where no systemd runs").conflicts("systemd"))
    .option("--systemd", "for systemd; the default where it runs")
    .option("--install", "put the files in their places")
    .option("--root <dir>", "the directory that stands for / when an image is made", "/")
    .example("schedule --cron", "a file for /etc/cron.d")
    .example("schedule --systemd --install", "as root, on the host")
    .action((options: Options) => act(options, (session) => run(session, options), hostOption(options)));
}

async function run(session: Session, options: Options): Promise<void> {
  const host = await session.host(options.host);
  const how = circumstances(session);
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

/** The script is started with a set of the `deno.json` beside it, which may not be there yet. */
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
    throw new Misuse("Only root can install a schedule for the machine", {
      hint: "For yourself: (crontab -l; nightdrop schedule --cron) | crontab -",
    });
  }
  for (const { path, changed } of installSchedule(files, host, root)) {
    output.data(`${changed ? "Wrote" : "As it should be:"} ${path}`, { event: "installed", path, changed });
  }
  const other = otherSchedule(files, root);
  if (other !== undefined) output.warn(`${other} backs this host up as well: remove it, or it is done twice`);
  if (systemd) await enable(session, root);
}

/** Without a running systemd, or in an image, the timer is linked to what it is wanted by, and starts with the machine. */
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
    else throw new Misuse(`"${line}" failed: the timer is not active yet`, { hint: "Run it by hand" });
  }
}
