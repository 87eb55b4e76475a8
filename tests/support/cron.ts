/** Runs the line of `schedule --cron` as cron does. */
import { type Ran, run } from "./foreign.ts";

/** Returns the command of the only line of a crontab file. */
function commandOf(crontab: string): string {
  const line = crontab.trimEnd().split("\n").at(-1)!;
  return /^(?:\S+ ){5}(?:root )?(.*)$/.exec(line)![1]!.replaceAll("\\%", "%");
}

/** Runs a command as cron does, with only the variables of the file and of cron itself in the environment. */
export function asCron(crontab: string): Promise<Ran> {
  const variables = crontab.split("\n").filter((line) => /^[A-Za-z_]+=/.test(line));
  const bare = ["-i", "PATH=/usr/bin:/bin", "SHELL=/bin/sh", ...variables];
  return run("env", [...bare, "/bin/sh", "-c", commandOf(crontab)], { cwd: "/" });
}
