import { momentOf } from "./time_of_day.ts";

/** The timer of the service: every night, and after a night in which the machine was off as soon as it is on. */
export function timerUnit(host: string): string {
  const { hour, minute } = momentOf(host);
  const time = [hour, minute, 0].map((part) => String(part).padStart(2, "0")).join(":");
  return `# Made by \`nightdrop schedule\`; \`systemctl edit nightdrop.timer\` changes it for good.
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
