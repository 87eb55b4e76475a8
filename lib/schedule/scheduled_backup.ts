import { Misuse } from "../model/failure.ts";

/** A backup that is to run every night, with all that a schedule has to know of it. */
export interface ScheduledBackup {
  /** Whose, as the config calls it. */
  readonly host: string;
  /** What is run: the absolute path of a program, and its arguments. */
  readonly command: readonly string[];
  /** Directories beside the usual ones in which programs are found. */
  readonly path: readonly string[];
  /** Variables of the environment that the run needs. */
  readonly environment: Readonly<Record<string, string>>;
  /** Who runs it; 0 for root. */
  readonly uid: number;
  /** Absolute paths of what is read, */
  readonly reads: readonly string[];
  /** of directories that are written, which have to be there, */
  readonly writes: readonly string[];
  /** and of the state directory. */
  readonly state: string;
  /** The file of the store's credentials; undefined where there is none. */
  readonly credentials: string | undefined;
  /** Whether it starts other programs, and whether as other users. */
  readonly programs: "none" | "own" | "of others";
  /** Whether it reaches other machines. */
  readonly network: boolean;
}

/** Characters that end a line of a crontab or a unit, or that no such file can hold. */
// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x1f\x7f]/;

/**
 * Returns the job if every value of it can stand in a crontab and in a unit. A line break would begin a line of its own,
 * which root's cron would run.
 *
 * @throws {Misuse} for a control character anywhere.
 */
export function checkedJob(job: ScheduledBackup): ScheduledBackup {
  const { command, path, writes, state, credentials = "", environment } = job;
  for (const value of [job.host, ...command, ...path, ...writes, state, credentials]) {
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

/** Where programs are found: cron's own notion is too short for those of dumps and hooks. */
const DIRECTORIES = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** The PATH of a job. */
export function searchPathOf({ path }: Pick<ScheduledBackup, "path">): string {
  return [...path.filter((directory) => !DIRECTORIES.includes(directory)), ...DIRECTORIES].join(":");
}
