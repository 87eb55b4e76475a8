/** Schedule of the owner's machine: the fleet is watched, verified and, with a private key, drilled. */
import { type Owner, ownerUrls } from "../config/owner.ts";
import { configFiles } from "../config/imports.ts";
import { defaultStateDirectory } from "../config/state_directory.ts";
import type { Host } from "../config/types.ts";
import { storeVariables } from "../config/variables.ts";
import { isLoaded } from "../app/installation.ts";
import { cacheDirectory } from "../app/owner_directories.ts";
import type { RunContext } from "../app/run_context.ts";
import { taskCommand } from "../permissions/task_command.ts";
import { cronTable } from "./cron.ts";
import {
  AUTHORITIES,
  COPIED,
  copiedVariables,
  refuseVariables,
  type ScheduleFile,
  UNITS,
  UNPACKED,
} from "./schedule.ts";
import { checkedJob, type ScheduledBackup } from "./scheduled_backup.ts";
import { serviceUnit } from "./service.ts";
import type { TimeOfDay } from "./time_of_day.ts";
import { timerText } from "./timer.ts";

/** Fleet that is watched. */
export interface Fleet {
  readonly hosts: readonly Host[];
  readonly owner: Owner;
  /** Absolute paths of a private key, with which drills run, and of the file with its passphrase; undefined for none. */
  readonly identity: string | undefined;
  readonly passphraseFile: string | undefined;
}

/** Commands of the owner's machine that run on a schedule. */
export type TrustedCommand = "status" | "verify" | "drill";

/** Scheduled command of the owner's machine. */
interface TrustedJob {
  readonly command: TrustedCommand;
  readonly description: string;
  readonly arguments: readonly string[];
  readonly time: TimeOfDay;
  /** Whether it runs once a month instead of every day. */
  readonly monthly: boolean;
}

/** All jobs. They run after the hosts' backups, in hours that no time zone skips or repeats: see `time_of_day.ts`. */
const JOBS: readonly TrustedJob[] = [
  {
    command: "status",
    description: "Status of all backups",
    arguments: ["--quiet"],
    time: { hour: 7, minute: 45 },
    monthly: false,
  },
  {
    command: "verify",
    description: "Verification of a thirtieth of all backups",
    arguments: ["--subset", "1/30", "--quiet"],
    time: { hour: 8, minute: 15 },
    monthly: false,
  },
  {
    command: "drill",
    description: "Rehearsed restore of all hosts",
    arguments: ["--quiet"],
    time: { hour: 10, minute: 15 },
    monthly: true,
  },
];

/** Name of the cron file and beginning of the names of the units. */
const NAME = "nightdrop-trusted";

/**
 * Returns the crontab file of the owner's machine. Cron mails what the commands print: only what was found.
 *
 * @throws {Misuse} if the config reads secrets from the environment, which cron does not have.
 */
export function trustedCron(fleet: Fleet, how: RunContext): ScheduleFile[] {
  const jobs = jobsOf(fleet).map((job) => ({
    ...job,
    scheduled: scheduledJob(job, fleet, how, [...COPIED, UNPACKED]),
  }));
  const lines = jobs.map(({ time, monthly, scheduled: { command } }) => ({
    time,
    days: monthly ? "1 * *" : "* * *",
    command,
    redirection: "",
  }));
  const title = "Status, verification and drills of all backups, created by `nightdrop schedule --trusted`.";
  const { path, environment } = jobs[0]!.scheduled;
  const text = cronTable(title, { path, environment }, lines, how.uid === 0 ? ["root"] : []);
  return [{ path: `/etc/cron.d/${NAME}`, text }];
}

/**
 * Returns the systemd services and timers of the owner's machine.
 *
 * @throws {Misuse} if the config reads secrets from the environment, which the services do not have.
 */
export function trustedUnits(fleet: Fleet, how: RunContext): ScheduleFile[] {
  return jobsOf(fleet).flatMap((job) => {
    const { command, description, time, monthly } = job;
    const unit = `${NAME}-${command}`;
    const service = serviceUnit(scheduledJob(job, fleet, how, COPIED), { unit, description });
    const timer = timerText({ unit, description, time, days: monthly ? "*-*-01" : "*-*-*" });
    return [
      { path: `${UNITS}/${unit}.service`, text: service },
      { path: `${UNITS}/${unit}.timer`, text: timer },
    ];
  });
}

/** Returns the state directory of the owner's machine, which holds the records of verifications and drills. */
export function trustedState({ uid, environment }: RunContext): string {
  return defaultStateDirectory(uid, environment);
}

/** Returns the commands that the schedule of a fleet runs. */
export function trustedCommands(fleet: Fleet): TrustedCommand[] {
  return jobsOf(fleet).map(({ command }) => command);
}

/** Returns the jobs of a fleet: drills need a private key. */
function jobsOf({ identity }: Fleet): readonly TrustedJob[] {
  return JOBS.filter(({ command }) => command !== "drill" || identity !== undefined);
}

/** Returns a job for cron and systemd. Long because each setting is a line. */
function scheduledJob(
  job: TrustedJob,
  fleet: Fleet,
  how: RunContext,
  variables: readonly string[],
): ScheduledBackup {
  const { hosts, owner, identity, passphraseFile } = fleet;
  const urls = ownerUrls(owner);
  refuseVariables([
    ...new Set(storeVariables(hosts.map(({ store }) => store))),
    ...urls.flatMap((url) => "env" in url ? [url.env] : []),
  ]);
  const isDrill = job.command === "drill";
  const keys = isDrill ? [identity, passphraseFile].filter((file) => file !== undefined) : [];
  const { words, path, environment } = taskCommand(how.installation, job.command, how.environment);
  const copied = copiedVariables(how, variables);
  const programFiles = [...words, ...AUTHORITIES.map((name) => copied[name] ?? "")].filter((word) =>
    word.startsWith("/")
  );
  const runs = isDrill && hosts.some(({ drill }) => drill.dumps.length > 0);
  return checkedJob({
    host: "all hosts",
    command: [...words, "--config", how.config, ...job.arguments, ...keyArguments(job, fleet)],
    path,
    environment: { ...environment, ...copied },
    uid: how.uid ?? 0,
    reads: [...programFiles, ...readsOf(fleet, how), ...keys],
    writes: [],
    state: trustedState(how),
    cache: how.uid === 0 ? undefined : cacheDirectory(how.uid, how.environment),
    credentials: undefined,
    programs: runs ? "own" : "none",
    network: urls.length > 0 || hosts.some(({ store }) => store.kind === "s3"),
    restores: isDrill,
  });
}

/** Returns the files of the config, and what it names. */
function readsOf({ hosts }: Fleet, { config, installation }: RunContext): string[] {
  return [
    ...configFiles(config, (file) => isLoaded(file, installation)),
    ...hosts.flatMap(({ store, recipients }) => [
      ...(store.kind === "directory" ? [store.path] : []),
      ...recipients.map(({ file }) => file),
    ]),
  ];
}

function keyArguments({ command }: TrustedJob, { identity, passphraseFile }: Fleet): string[] {
  if (command !== "drill") return [];
  return [
    ...(identity === undefined ? [] : ["--identity", identity]),
    ...(passphraseFile === undefined ? [] : ["--passphrase-file", passphraseFile]),
  ];
}
