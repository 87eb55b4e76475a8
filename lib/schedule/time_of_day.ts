import { sha256 } from "../model/digest.ts";

/** Local time of day. */
export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

/**
 * 04:00 to 07:00. No time zone skips or repeats one of these hours: clocks change between 21:00 and 04:00 (until 2060 at
 * least, according to the tz database). In a skipped hour neither cron nor systemd starts a job
 * (https://github.com/systemd/systemd/issues/5595); in a repeated hour some crons start it twice.
 */
const [FIRST_HOUR, HOURS] = [4, 3];

/** Returns a time between 04:00 and 07:00 that depends on the host's name, so that a fleet spreads its load. */
export function momentOf(host: string): TimeOfDay {
  const minute = parseInt(sha256(new TextEncoder().encode(host)).slice(0, 8), 16) % (HOURS * 60);
  return { hour: FIRST_HOUR + Math.floor(minute / 60), minute: minute % 60 };
}
