import { momentOf, type TimeOfDay } from "./time_of_day.ts";

/** Timer of a systemd service. */
export interface Timer {
  /** Name of the unit without its ending. */
  readonly unit: string;
  readonly description: string;
  readonly time: TimeOfDay;
  /** Days: `*-*-*` for every day. */
  readonly days: string;
}

/** Returns the unit of the timer for the backup of a host, every night. */
export function timerUnit(host: string): string {
  return timerText({
    unit: "nightdrop",
    description: `Nightly backup of ${host}`,
    time: momentOf(host),
    days: "*-*-*",
  });
}

/** Returns the unit of a timer: after a missed run it runs when the machine is on again. */
export function timerText({ unit, description, time: { hour, minute }, days }: Timer): string {
  const time = [hour, minute, 0].map((part) => String(part).padStart(2, "0")).join(":");
  return `# Created by \`nightdrop schedule\`. Use \`systemctl edit ${unit}.timer\` for your own changes.
[Unit]
Description=${description}

[Timer]
OnCalendar=${days} ${time}
RandomizedDelaySec=15min
AccuracySec=1min
Persistent=true

[Install]
WantedBy=timers.target
`;
}
