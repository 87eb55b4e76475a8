import { dirname } from "node:path/posix";
import { configFiles } from "../config/imports.ts";
import type { Host } from "../config/types.ts";
import { secretVariables } from "../config/variables.ts";
import { replaceFile } from "../disk/replace.ts";
import { textOf } from "../disk/text_of.ts";
import { refuseExposed } from "../disk/trust.ts";
import { isLoaded } from "../app/installation.ts";
import { taskCommand } from "../permissions/task_command.ts";
import { Failure, Misuse, reason } from "../model/failure.ts";
import { shellWord } from "../model/shell.ts";
import type { RunContext } from "../app/run_context.ts";
import { cronFile, userCrontab } from "./cron.ts";
import { checkedJob, type ScheduledBackup } from "./scheduled_backup.ts";
import { serviceUnit } from "./service.ts";
import { timerUnit } from "./timer.ts";
import { PROXY_VARIABLES } from "../store/s3/proxies.ts";

/** File of a schedule. */
export interface ScheduleFile {
  /** Absolute path. */
  readonly path: string;
  /** Content. */
  readonly text: string;
}

/** Installed file of a schedule. */
export interface Installed {
  /** Absolute path. */
  readonly path: string;
  /** Whether it was created or changed. */
  readonly changed: boolean;
}

const CRON_FILE = "/etc/cron.d/nightdrop";
export const UNITS = "/etc/systemd/system";

/** Variables that name files with additional certificate authorities. */
export const AUTHORITIES = ["DENO_CERT", "NODE_EXTRA_CA_CERTS"];

/** Variables that change how Deno runs, and are copied to the schedule. */
export const COPIED = [
  ...AUTHORITIES,
  "DENO_DIR",
  "DENO_TLS_CA_STORE",
  "NIGHTDROP_STATE",
  ...PROXY_VARIABLES,
];

/** Directory in which an executable unpacks itself, and below which the owner's cache is. A systemd service has its own. */
export const UNPACKED = "NIGHTDROP_CACHE";

/** Variables that are paths. */
const PATHS = [...AUTHORITIES, "DENO_DIR", "NIGHTDROP_STATE", UNPACKED];

/**
 * Returns the crontab file that backs up a host every night.
 *
 * @throws {Misuse} if the config reads secrets from the environment, which cron does not have.
 */
export function cronSchedule(host: Host, how: RunContext): ScheduleFile[] {
  const job = jobOf(host, how, unpacksItself(how) ? [...COPIED, UNPACKED] : COPIED);
  return [{ path: CRON_FILE, text: how.uid === 0 ? cronFile(job) : userCrontab(job) }];
}

/**
 * Returns the systemd service and timer that back up a host every night.
 *
 * @throws {Misuse} if the config reads secrets from the environment, which the service does not have.
 */
export function systemdSchedule(host: Host, how: RunContext): ScheduleFile[] {
  return [
    { path: `${UNITS}/nightdrop.service`, text: serviceUnit(jobOf(host, how, COPIED)) },
    { path: `${UNITS}/nightdrop.timer`, text: timerUnit(host.name) },
  ];
}

/**
 * Writes the files of a schedule, and creates the state directory, which the service requires.
 *
 * @param root Root directory of an image; empty for this machine.
 * @throws {Failure} if a file cannot be written.
 * @throws {Misuse} if other users can change the state directory.
 */
export function installSchedule(files: readonly ScheduleFile[], state: string, root: string): Installed[] {
  refuseExposed(root + state, "the state directory");
  try {
    Deno.mkdirSync(root + state, { recursive: true, mode: 0o700 });
    return files.map(({ path, text }) => ({ path: root + path, changed: writeIfOther(root + path, text) }));
  } catch (error) {
    throw new Failure(`Cannot install the schedule: ${reason(error)}`, {
      hint: "Run it as root",
      cause: error,
    });
  }
}

/** Schedules that do the same, for cron and for systemd. */
const SAME = [
  [CRON_FILE, `${UNITS}/nightdrop.timer`],
  ["/etc/cron.d/nightdrop-trusted", `${UNITS}/nightdrop-trusted-status.timer`],
];

/** Returns the path of another installed schedule that does the same, or undefined. */
export function otherSchedule(files: readonly ScheduleFile[], root: string): string | undefined {
  const paths = files.map(({ path }) => path);
  const same = SAME.find((all) => all.some((path) => paths.includes(path))) ?? [];
  return same.filter((path) => !paths.includes(path)).map((path) => root + path)
    .find((path) => textOf(path) !== undefined);
}

function jobOf(host: Host, how: RunContext, variables: readonly string[]): ScheduledBackup {
  refuseVariables(secretVariables(host));
  const { words, path, environment } = taskCommand(how.installation, "backup", how.environment);
  const copied = copiedVariables(how, variables);
  const { store, notify, hooks, dumps, selection } = host;
  const local = store.kind === "directory";
  const runs = [hooks.before, hooks.after, hooks.failed, hooks.finally].some((hook) => hook !== undefined);
  const programs = dumps.some(({ user }) => user !== undefined)
    ? "of others"
    : runs || dumps.length > 0
    ? "own"
    : "none";
  const files = configFiles(how.config, (file) => isLoaded(file, how.installation));
  return checkedJob({
    host: host.name,
    command: [...words, "--config", how.config, "--host", host.name],
    path,
    environment: { ...environment, ...copied },
    uid: how.uid ?? 0,
    reads: [
      ...[...words, ...AUTHORITIES.map((name) => copied[name] ?? "")].filter((word) => word.startsWith("/")),
      ...files,
      ...selection.paths,
      host.state,
    ],
    writes: [
      ...(local ? [store.path] : []),
      ...(notify.textfile === undefined ? [] : [dirname(notify.textfile)]),
    ],
    state: host.state,
    credentials: !local && "file" in store.credentials ? store.credentials.file : undefined,
    programs,
    network: !local || notify.ping !== undefined || notify.webhook !== undefined || programs !== "none",
  });
}

/**
 * Returns the variables that are set.
 *
 * @throws {Misuse} for a password, since every user can read a schedule, and for a relative path.
 */
export function copiedVariables(how: RunContext, names: readonly string[]): Readonly<Record<string, string>> {
  const used = names.filter((name) => name !== "DENO_DIR" || !unpacksItself(how));
  const set = used.flatMap((name): [string, string][] => {
    const value = how.environment(name);
    return value === undefined || value === "" ? [] : [[name, value]];
  });
  set.forEach(refuseRelative);
  const secret = set.find(([, value]) => value.includes("@"));
  if (secret === undefined) return Object.fromEntries(set);
  throw new Misuse(
    `Cannot make a schedule: ${secret[0]} holds a password, and every user can read the schedule`,
    {
      hint: `Run: unset ${secret[0]}; then set it for the service by hand`,
    },
  );
}

/** Returns whether the program unpacks its own Deno, which has a directory of its own. */
function unpacksItself({ installation }: RunContext): boolean {
  return installation.kind === "executable" && installation.deno === undefined;
}

function refuseRelative([name, value]: readonly [string, string]): void {
  if (!PATHS.includes(name) || /^(\/|base64:)/.test(value)) return;
  throw new Misuse(`Cannot make a schedule: ${name} must be an absolute path, got ${JSON.stringify(value)}`, {
    hint: `Run: export ${name}="$(realpath ${shellWord(value)})"`,
  });
}

/** @throws {Misuse} if there are names of environment variables that hold secrets. */
export function refuseVariables(names: readonly string[]): void {
  if (names.length === 0) return;
  throw new Misuse(
    `Cannot make a schedule: cron and systemd do not have the environment variables ${names.join(", ")}`,
    {
      hint: 'Write the secrets to files that only root can read: store.credentials: { file: "…" }, and so on',
    },
  );
}

function writeIfOther(path: string, text: string): boolean {
  if (textOf(path) === text) return false;
  Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  replaceFile(path, text, 0o644); // cron ignores a file that others can write
  return true;
}
