import { type Command, Option } from "commander";
import { basename, resolve } from "node:path/posix";
import { exists } from "../../disk/exists.ts";
import { hasCron } from "../../schedule/cron.ts";
import { denoCommand, denoJson, installation } from "../../app/installation.ts";
import { Misuse } from "../../model/failure.ts";
import { hasSet } from "../../permissions/sets.ts";
import { type CommandName, LAUNCHES } from "../../permissions/launch.ts";
import {
  cronSchedule,
  installSchedule,
  otherSchedule,
  type ScheduleFile,
  systemdSchedule,
} from "../../schedule/schedule.ts";
import {
  type Fleet,
  trustedCommands,
  trustedCron,
  trustedState,
  trustedUnits,
} from "../../schedule/trusted.ts";
import { act, command } from "../command.ts";
import { hostOption, permissionsHint, runContext } from "../permission_check.ts";
import type { CommonOptions, Session } from "../session.ts";

interface Options extends CommonOptions {
  readonly host?: string;
  readonly cron?: boolean;
  readonly systemd?: boolean;
  readonly install?: boolean;
  readonly root: string;
  readonly trusted?: boolean;
  readonly identity?: string;
  readonly passphraseFile?: string;
}

/** `schedule`: runs a backup every night. */
export function scheduleCommand(): Command {
  return command(
    "schedule",
    "run a backup every night with cron or systemd; on the trusted side, status, verify and drill",
    "Prints a crontab file, or a systemd service and timer; with --install it installs them. Each host has its own time " +
      "between 04:00 and 07:00, when no time zone changes its clocks. The timer adds a random delay and runs a missed " +
      "backup after the machine was off. The service has low priority and a read-only file system. With --trusted, for " +
      "your own machine: `status` and `verify --subset 1/30` every morning and, with --identity, `drill` every month.",
  )
    .option(
      "--host <name>",
      "host of the config (default: the one with the name of this machine)",
    )
    .addOption(new Option("--cron", "for cron (default if systemd is not running)").conflicts("systemd"))
    .option("--systemd", "for systemd (default if it is running)")
    .addOption(
      new Option("--trusted", "watch, verify and drill all hosts, on the owner's machine").conflicts("host"),
    )
    .option(
      "--identity <file>",
      "with --trusted: private key for a drill every month; it then stays on this machine",
    )
    .option("--passphrase-file <file>", "with --identity: file with the passphrase of the private key")
    .option("--install", "install the files")
    .option("--root <dir>", "root directory of the image to install into", "/")
    .example("schedule --cron", "print a file for /etc/cron.d")
    .example("schedule --systemd --install", "install the units, as root on the host")
    .example("schedule --trusted --cron", "print a file for /etc/cron.d of the owner's machine")
    .action((options: Options) =>
      act(options, (session) => run(session, options), options.trusted ? ["--trusted"] : hostOption(options))
    );
}

const NO_CRON =
  "Cron is not installed, so nothing will run at night. Install it (Debian: `apt-get install cron`)";

/** Files of a schedule, and what they need. */
interface Plan {
  readonly files: readonly ScheduleFile[];
  /** State directory, which must exist. */
  readonly state: string;
  /** Commands that it runs. */
  readonly commands: readonly CommandName[];
  /** Arguments of `permissions` for these. */
  readonly permissions: readonly string[];
}

async function run(session: Session, options: Options): Promise<void> {
  if (!options.trusted && (options.identity ?? options.passphraseFile) !== undefined) {
    throw new Misuse("--identity and --passphrase-file need --trusted: a host has no private key");
  }
  const systemd = options.systemd ?? (!options.cron && exists("/run/systemd/system"));
  const plan = options.trusted
    ? await trustedPlan(session, options, systemd)
    : await hostPlan(session, options, systemd);
  await refuseMissingSets(session, plan);
  if (installation().kind === "clone" && denoCommand()[0] === "npx") {
    session.output.warn(
      `Deno comes from npx, which may fetch it again at night: \`npm install --global ${denoCommand()[2]}\``,
    );
  }
  if (options.install) return await install(session, plan, options, systemd);
  for (const { path, text } of plan.files) {
    session.output.say(`${path}:`);
    session.output.document(text.trimEnd(), { event: "schedule", path, text });
  }
}

async function hostPlan(session: Session, options: Options, systemd: boolean): Promise<Plan> {
  const host = await session.host(options.host);
  const how = runContext(session);
  return {
    files: systemd ? systemdSchedule(host, how) : cronSchedule(host, how),
    state: host.state,
    commands: ["backup"],
    permissions: ["--host", host.name],
  };
}

async function trustedPlan(session: Session, options: Options, systemd: boolean): Promise<Plan> {
  const how = runContext(session);
  const absolute = (file: string | undefined): string | undefined => file && resolve(file);
  const fleet: Fleet = {
    hosts: [...(await session.hosts()).values()],
    owner: await session.owner(),
    identity: absolute(options.identity),
    passphraseFile: absolute(options.passphraseFile),
  };
  return {
    files: systemd ? trustedUnits(fleet, how) : trustedCron(fleet, how),
    state: trustedState(how),
    commands: trustedCommands(fleet),
    permissions: ["--trusted"],
  };
}

/** Refuses a script whose permission sets are not in the `deno.json` beside it. */
async function refuseMissingSets({ configFile }: Session, { commands, permissions }: Plan): Promise<void> {
  for (const name of commands) {
    if (await hasSet(LAUNCHES[name].set, installation())) continue;
    throw new Misuse(
      `Cannot make a schedule: the permissions of ${name} are not in ${denoJson(installation())}`,
      { hint: permissionsHint(configFile, permissions) },
    );
  }
}

async function install(
  session: Session,
  { files, state }: Plan,
  options: Options,
  systemd: boolean,
): Promise<void> {
  const { output } = session;
  const root = resolve(options.root).replace(/^\/$/, "");
  if (Deno.uid() !== 0 && root === "") {
    throw new Misuse("Cannot install the schedule: only root can install it for the machine", {
      hint: `Run it as root, or for yourself: (crontab -l; nightdrop schedule${
        options.trusted ? " --trusted" : ""
      } --cron) | crontab -`,
    });
  }
  for (const { path, changed } of installSchedule(files, state, root)) {
    output.data(`${changed ? "Wrote" : "Unchanged:"} ${path}`, { event: "installed", path, changed });
  }
  const other = otherSchedule(files, root);
  const [does, twice] = options.trusted
    ? ["watches the fleet", "everything runs"]
    : ["backs up this host", "backups run"];
  if (other !== undefined) output.warn(`${other} also ${does}: remove it, or ${twice} twice`);
  if (!systemd) {
    if (!hasCron(root)) output.warn(NO_CRON);
    return;
  }
  const timers = files.map(({ path }) => basename(path)).filter((name) => name.endsWith(".timer"));
  await enable(session, root, timers);
}

/** Enables the timers. Without a running systemd, or in an image, it starts with the next boot. */
async function enable({ output }: Session, root: string, timers: readonly string[]): Promise<void> {
  const now = root === "" && exists("/run/systemd/system");
  const commands = now ? [["daemon-reload"], ["enable", "--now", ...timers]] : [
    [...(root === "" ? [] : [`--root=${root}`]), "enable", ...timers],
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
    else throw new Misuse(`Cannot enable the timers: "${line}" failed`, { hint: `Run ${line}` });
  }
}
