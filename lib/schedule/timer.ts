import { momentOf } from "./time_of_day.ts";

/** Returns the unit of the timer: it runs every night, and after a missed night when the machine is on again. */
export function timerUnit(host: string): string {
  const { hour, minute } = momentOf(host);
  const time = [hour, minute, 0].map((part) => String(part).padStart(2, "0")).join(":");
  return `# Created by \`nightdrop schedule\`. Use \`systemctl edit nightdrop.timer\` for your own changes.
[Unit]
Description=Nightly backup of ${host}

[Timer]
OnCalendar=*-*-* ${time}
RandomizedDelaySec=15min
AccuracySec=1min
Persistent=true

[Install]
WantedBy=timers.target
`;
}
