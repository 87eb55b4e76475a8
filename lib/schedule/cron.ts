import { Misuse } from "../model/failure.ts";
import { shellWord } from "../model/shell.ts";
import { type ScheduledBackup, searchPathOf } from "./scheduled_backup.ts";
import { momentOf } from "./time_of_day.ts";

/** Cron passes over longer ones: `MAX_COMMAND` of Vixie's cron. */
const MAX_LINE = 998;

/**
 * A file for `/etc/cron.d`, in which a line also says as whom it is run: crontab(5). Cron mails what a job prints, so
 * what goes well is silent.
 */
export function cronFile(job: Pick<ScheduledBackup, "host" | "command" | "path" | "environment">): string {
  return crontab(job, ["root"]);
}

/** Lines for a user's own crontab, which he edits with `crontab -e`. */
export function userCrontab(job: Pick<ScheduledBackup, "host" | "command" | "path" | "environment">): string {
  return crontab(job, []);
}

function crontab(
  job: Pick<ScheduledBackup, "host" | "command" | "path" | "environment">,
  user: readonly string[],
): string {
  const { host, command, environment } = job;
  const { hour, minute } = momentOf(host);
  const line = [minute, hour, "* * *", ...user, ...command.map(cronWord), "--quiet", ">/dev/null"].join(" ");
  if (new TextEncoder().encode(line).length > MAX_LINE) {
    throw new Misuse(`Cannot make a schedule for cron: its line would be longer than ${MAX_LINE} bytes`, {
      hint: "Use --systemd, or a shorter path to the config",
    });
  }
  return [
    `# The backup of ${host}, made by \`nightdrop schedule\`. What goes wrong is mailed.`,
    ...Object.entries({ PATH: searchPathOf(job), ...environment }).map(([name, value]) =>
      `${name}=${cronValue(value)}`
    ),
    line,
  ].join("\n") + "\n";
}

/**
 * A word of a command. To cron a percent sign ends the line, in quotes too, unless a backslash stands before it. A cron that
 * does not know this leaves the backslash to the shell: so both stand outside of the quotes.
 */
function cronWord(word: string): string {
  return word.split("%").map((part) => part === "" ? "" : shellWord(part)).join("\\%") || "''";
}

/**
 * A value of the environment, of which cron takes away blanks at its ends and quotes around it: crontab(5).
 *
 * @throws {Misuse} for one that begins like a quoted value and has both kinds of quotes, for which there is no form.
 */
function cronValue(value: string): string {
  if (!/^["'\s]|\s$/.test(value)) return value;
  const quote = ['"', "'"].find((it) => !value.includes(it));
  if (quote !== undefined) return quote + value + quote;
  throw new Misuse(`Cannot write ${JSON.stringify(value)} into a crontab: it has both kinds of quotes`, {
    hint: "Use --systemd, or a value without quotes",
  });
}
