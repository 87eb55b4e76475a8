import { sha256 } from "../model/digest.ts";

/** A time of day. */
export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

/**
 * From four to seven. No time zone skips or repeats one of these hours: clocks are moved between nine in the evening and
 * four in the morning (until 2060 at least, by the tz database). In a skipped hour neither cron nor systemd starts
 * anything that night (https://github.com/systemd/systemd/issues/5595), in a repeated one some crons start it twice.
 */
const [FIRST_HOUR, HOURS] = [4, 3];

/** Returns a minute between four and seven in the morning, another for each host: a fleet does not come at once. */
export function momentOf(host: string): TimeOfDay {
  const minute = parseInt(sha256(new TextEncoder().encode(host)).slice(0, 8), 16) % (HOURS * 60);
  return { hour: FIRST_HOUR + Math.floor(minute / 60), minute: minute % 60 };
}
