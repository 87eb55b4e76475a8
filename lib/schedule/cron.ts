import { exists } from "../disk/exists.ts";
import { Misuse } from "../model/failure.ts";
import { shellWord } from "../model/shell.ts";
import { type ScheduledBackup, searchPathOf } from "./scheduled_backup.ts";
import { momentOf, type TimeOfDay } from "./time_of_day.ts";

/** Maximum length of a line in bytes. Vixie's cron ignores longer ones: `MAX_COMMAND`. */
const MAX_LINE = 998;

/**
 * Returns a file for `/etc/cron.d`, whose lines name the user: crontab(5). Cron mails the output of a job, so a complete
 * backup prints nothing.
 */
export function cronFile(job: Pick<ScheduledBackup, "host" | "command" | "path" | "environment">): string {
  return crontab(job, ["root"]);
}

/** Returns lines for a user's own crontab, which `crontab -e` edits. */
export function userCrontab(job: Pick<ScheduledBackup, "host" | "command" | "path" | "environment">): string {
  return crontab(job, []);
}

/** Daemons that read `/etc/cron.d`: of Debian and of others. */
const DAEMONS = ["/usr/sbin/cron", "/usr/sbin/crond", "/usr/bin/crond"];

/** Returns whether cron is installed below a root directory. */
export function hasCron(root: string): boolean {
  return DAEMONS.some((path) => exists(root + path));
}

/** Line of a crontab. */
export interface CronLine {
  readonly time: TimeOfDay;
  /** Day of the month, month and day of the week: `* * *` for every day. */
  readonly days: string;
  readonly command: readonly string[];
  /** Redirection of its output; empty for none. */
  readonly redirection: string;
}

function crontab(
  job: Pick<ScheduledBackup, "host" | "command" | "path" | "environment">,
  user: readonly string[],
): string {
  const { host, command } = job;
  const title = `Backup of ${host}, created by \`nightdrop schedule\`. Cron mails errors and warnings.`;
  const line = {
    time: momentOf(host),
    days: "* * *",
    command: [...command, "--quiet"],
    redirection: ">/dev/null",
  };
  return cronTable(title, job, [line], user);
}

/**
 * Returns a crontab.
 *
 * @param user User that runs the lines, for a file in `/etc/cron.d`; none for a user's own crontab.
 * @throws {Misuse} if a line is too long for cron.
 */
export function cronTable(
  title: string,
  { path, environment }: Pick<ScheduledBackup, "path" | "environment">,
  lines: readonly CronLine[],
  user: readonly string[],
): string {
  return [
    `# ${title}`,
    ...Object.entries({ PATH: searchPathOf({ path }), ...environment }).map(([name, value]) =>
      `${name}=${cronValue(value)}`
    ),
    ...lines.map((line) => cronLine(line, user)),
  ].join("\n") + "\n";
}

function cronLine({ time, days, command, redirection }: CronLine, user: readonly string[]): string {
  const words = [...command.map(cronWord), ...(redirection === "" ? [] : [redirection])];
  const line = [time.minute, time.hour, days, ...user, ...words].join(" ");
  if (new TextEncoder().encode(line).length <= MAX_LINE) return line;
  throw new Misuse(`Cannot make a schedule for cron: its line would be longer than ${MAX_LINE} bytes`, {
    hint: "Use --systemd, or a shorter path to the config",
  });
}

/**
 * Returns a word of a command, quoted. For cron an unescaped percent sign ends the line, even in quotes. A cron without
 * this rule passes the backslash on to the shell, so both stand outside the quotes.
 */
function cronWord(word: string): string {
  return word.split("%").map((part) => part === "" ? "" : shellWord(part)).join("\\%") || "''";
}

/**
 * Returns the value of an environment variable, quoted: cron strips blanks at its ends and quotes around it (crontab(5)).
 *
 * @throws {Misuse} if the value starts like a quoted one and has both kinds of quotes, which crontab cannot express.
 */
function cronValue(value: string): string {
  if (!/^["'\s]|\s$/.test(value)) return value;
  const quote = ['"', "'"].find((it) => !value.includes(it));
  if (quote !== undefined) return quote + value + quote;
  throw new Misuse(`Cannot write ${JSON.stringify(value)} to a crontab: it has both kinds of quotes`, {
    hint: "Use --systemd, or a value without quotes",
  });
}
