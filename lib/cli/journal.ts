import { fstatSync } from "node:fs";
import type { Environment } from "../config/credentials.ts";

/** Priorities of syslog(3), as far as there is a use for them. */
export const PRIORITY = { ERROR: 3, WARNING: 4, NOTICE: 5, INFO: 6, DEBUG: 7 } as const;

/** One of them. */
export type Priority = typeof PRIORITY[keyof typeof PRIORITY];

const STDERR = 2;

/**
 * Whether standard error is a stream of systemd's journal: the service manager tells which file that is, and a program
 * that was started with another one does not write there (man 5 systemd.exec, `$JOURNAL_STREAM`).
 */
export function isJournal(environment: Environment): boolean {
  const stream = environment("JOURNAL_STREAM");
  if (stream === undefined) return false;
  try {
    const { dev, ino } = fstatSync(STDERR);
    return stream === `${dev}:${ino}`;
  } catch {
    return false; // there is no standard error
  }
}

/** `text` with its priority before each line, for the journal (man 3 sd-daemon). */
export function journalLines(text: string, priority: Priority): string {
  return text.split("\n").map((line) => `<${priority}>${line}`).join("\n");
}
