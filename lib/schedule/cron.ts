import { shellWord } from "../model/shell.ts";
import { type Job, pathOf } from "./job.ts";
import { momentOf } from "./moment.ts";

/**
 * A file for `/etc/cron.d`, in which a line also says as whom it is run: crontab(5). Cron mails what a job prints, so
 * what goes well is silent.
 */
export function cronFile(job: Pick<Job, "host" | "command" | "path" | "environment">): string {
  return crontab(job, ["root"]);
}

/** Lines for a user's own crontab, which he edits with `crontab -e`. */
export function userCrontab(job: Pick<Job, "host" | "command" | "path" | "environment">): string {
  return crontab(job, []);
}

function crontab(
  job: Pick<Job, "host" | "command" | "path" | "environment">,
  user: readonly string[],
): string {
  const { host, command, environment } = job;
  const { hour, minute } = momentOf(host);
  const line = [minute, hour, "* * *", ...user, ...command.map(cronWord), "--quiet", ">/dev/null"].join(" ");
  return [
    `# The backup of ${host}, made by \`nightdrop schedule\`. What goes wrong is mailed.`,
    `PATH=${pathOf(job)}`,
    ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    line,
  ].join("\n") + "\n";
}

/** To cron a percent sign is the end of the line, in quotes too. */
function cronWord(word: string): string {
  return shellWord(word).replaceAll("%", "\\%");
}
