/** Cron's way to run the line that `schedule --cron` prints for it. */
import { type Ran, run } from "./foreign.ts";

/** The command of the one line of a file for cron. */
function commandOf(crontab: string): string {
  const line = crontab.trimEnd().split("\n").at(-1)!;
  return /^(?:\S+ ){5}(?:root )?(.*)$/.exec(line)![1]!.replaceAll("\\%", "%");
}

/** Runs a command as cron does: nothing in the environment but what the file and cron itself put there. */
export function asCron(crontab: string): Promise<Ran> {
  const variables = crontab.split("\n").filter((line) => /^[A-Za-z_]+=/.test(line));
  const bare = ["-i", "PATH=/usr/bin:/bin", "SHELL=/bin/sh", ...variables];
  return run("env", [...bare, "/bin/sh", "-c", commandOf(crontab)], { cwd: "/" });
}
