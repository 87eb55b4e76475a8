import { Misuse } from "../model/failure.ts";

/** Nightly backup, or another scheduled command, as cron and systemd need to know it. */
export interface ScheduledBackup {
  /** Host that is backed up, by its name in the config. */
  readonly host: string;
  /** Absolute path of the program, and its arguments. */
  readonly command: readonly string[];
  /** Directories of programs in addition to the standard ones. */
  readonly path: readonly string[];
  /** Environment variables that the run needs. */
  readonly environment: Readonly<Record<string, string>>;
  /** User that runs it; 0 for root. */
  readonly uid: number;
  /** Absolute paths that are read. */
  readonly reads: readonly string[];
  /** Absolute paths of directories that are written and must exist. */
  readonly writes: readonly string[];
  /** Absolute path of the state directory. */
  readonly state: string;
  /** Absolute path of the store's credentials file; undefined if there is none. */
  readonly credentials: string | undefined;
  /** Other programs that it starts: none, as its own user, or as other users. */
  readonly programs: "none" | "own" | "of others";
  /** Whether it needs the network. */
  readonly network: boolean;
  /** Absolute path of a cache that is written if it exists. */
  readonly cache?: string | undefined;
  /** Whether it restores files, and so sets owners and modes. */
  readonly restores?: boolean;
}

/** Characters that would end a line of a crontab or a unit, or that these files cannot hold. */
// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x1f\x7f]/;

/**
 * Returns the job if a crontab and a unit can hold all its values. A line break would start a new line, which root's
 * cron would run.
 *
 * @throws {Misuse} if a value has a control character.
 */
export function checkedJob(job: ScheduledBackup): ScheduledBackup {
  const { command, path, writes, state, credentials = "", cache = "", environment } = job;
  for (const value of [job.host, ...command, ...path, ...writes, state, credentials, cache]) {
    if (CONTROL.test(value)) {
      throw refused(`${JSON.stringify(value)} has`, "Rename it, or set another path in the config");
    }
  }
  for (const [name, value] of Object.entries(environment)) {
    if (CONTROL.test(value)) throw refused(`the variable ${name} has`, `Run: unset ${name}`);
  }
  return job;
}

function refused(what: string, hint: string): Misuse {
  return new Misuse(`Cannot make a schedule: ${what} a line break or another control character in it`, {
    hint,
  });
}

/** Standard directories of programs. cron's own PATH is too short for dumps and hooks. */
const DIRECTORIES = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** Returns the PATH of a job. */
export function searchPathOf({ path }: Pick<ScheduledBackup, "path">): string {
  return [...path.filter((directory) => !DIRECTORIES.includes(directory)), ...DIRECTORIES].join(":");
}
