import { fstatSync } from "node:fs";
import type { Environment } from "../config/credentials.ts";

/** Priorities of syslog(3) that nightdrop uses. */
export const PRIORITY = { ERROR: 3, WARNING: 4, NOTICE: 5, INFO: 6, DEBUG: 7 } as const;

/** Priority of a line in the journal. */
export type Priority = typeof PRIORITY[keyof typeof PRIORITY];

const STDERR = 2;

/**
 * Returns whether standard error is connected to systemd's journal: its device and inode are those in `$JOURNAL_STREAM`
 * (systemd.exec(5)).
 */
export function isJournal(environment: Environment): boolean {
  const stream = environment("JOURNAL_STREAM");
  if (stream === undefined) return false;
  try {
    const { dev, ino } = fstatSync(STDERR);
    return stream === `${dev}:${ino}`;
  } catch {
    return false; // standard error is closed
  }
}

/** Returns `text` with the priority prefix of sd-daemon(3) before each line. */
export function journalLines(text: string, priority: Priority): string {
  return text.split("\n").map((line) => `<${priority}>${line}`).join("\n");
}
